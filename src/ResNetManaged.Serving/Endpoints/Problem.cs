using System.Net.Mime;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace ResNetManaged.Serving.Endpoints;

/// <summary>Why a request is not done: RFC 9457's problem details, with a code for programs.</summary>
/// <param name="Status">The status of the response.</param>
/// <param name="Code">What programs may rely on.</param>
/// <param name="Title">The kind of problem, the same for each code.</param>
/// <param name="Detail">What is wrong with this request.</param>
internal sealed record Problem(int Status, string Code, string Title, string Detail)
{
    private const string RetrySoon = "1"; // second: a full queue of the default length takes about that long on the networks that people serve

    /// <summary>RFC 9457: <c>about:blank</c>, since the code says it.</summary>
    public string Type { get; } = "about:blank";

    /// <summary>Whether the client is not to use the connection again; elsewhere the rest of an unread body is awaited, so that the client reads the answer.</summary>
    [JsonIgnore]
    public bool EndsConnection { get; init; }

    /// <summary>Answers the request; the response must not have started.</summary>
    public Task WriteAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.Clear();
        response.StatusCode = Status;
        response.Headers.CacheControl = "no-store";
        if (Status == StatusCodes.Status503ServiceUnavailable) response.Headers.RetryAfter = RetrySoon;
        if (EndsConnection) response.Headers.Connection = "close";
        return ServingJson.WriteAsync(response, this, ServingJson.Readable.Problem, MediaTypeNames.Application.ProblemJson);
    }

    public static Problem BadQuery(string detail) => new(400, "query_invalid", "The query is not valid", detail);

    public static Problem Empty() => new(400, "body_empty", "There is no picture", "The body is empty; send the picture as the body.");

    public static Problem BadForm(string detail) => new(400, "form_invalid", "The form has no picture", detail);

    public static Problem BadRequest(string detail) => new(400, "request_invalid", "The request is not valid", detail);

    public static Problem Damaged(string reason) => new(400, "image_damaged", "The picture cannot be read", Sentence(reason));

    public static Problem NoSuchPicture() => new(404, "not_found", "There is no such picture", "The index has no such picture, or its file is gone.");

    public static Problem TooSlow(TimeSpan limit) => new(408, "body_too_slow", "The request took too long to arrive",
        FormattableString.Invariant($"The picture had not arrived after {limit.TotalSeconds:0.##} s, or came too slowly.")) { EndsConnection = true };

    public static Problem TooManyBytes(int limit) => new(413, "body_too_large", "The request is too large",
        FormattableString.Invariant($"The request's body is larger than {limit} bytes, the most that is accepted."));

    public static Problem TooManyPixels(string reason) => new(413, "image_too_large", "The picture has too many pixels", Sentence(reason));

    public static Problem UnsupportedType(string? contentType) => new(415, "content_type_unsupported", "The request is of an unsupported type",
        $"The body's Content-Type is '{contentType}'; expected image/*, application/octet-stream or multipart/form-data.");

    public static Problem UnknownFormat(string reason) => new(415, "image_format_unknown", "The picture is of an unknown format", Sentence(reason));

    public static Problem Failed() => new(500, "failed", "The server failed", "Something went wrong on the server; its log says more.");

    public static Problem Busy(int limit) => new(503, "queue_full", "The server is busy",
        FormattableString.Invariant($"{limit} requests are being worked on, the most that is accepted; try again soon."));

    public static Problem OutOfMemory() => new(503, "memory_full", "The server is busy", "Too many pictures are arriving at once; try again soon.");

    public static Problem Stopping() => new(503, "stopping", "The server is stopping", "The server is stopping and takes no new requests.") { EndsConnection = true };

    public static Problem TimedOut(TimeSpan limit) => new(503, "timed_out", "The server was too busy",
        FormattableString.Invariant($"The picture was not computed within {limit.TotalSeconds:0.##} s; try again."));

    private static string Sentence(string half) => $"{char.ToUpperInvariant(half[0])}{half[1..]}.";
}

/// <summary>Ends a request with a problem.</summary>
internal sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}
