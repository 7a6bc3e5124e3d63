using System.Net.Mime;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace ResNetManaged.Serving.Endpoints;

/// <summary>Why a request failed, as problem details (RFC 9457) with a code for programs.</summary>
internal sealed class Problem
{
    private const string RetrySoon = "1"; // seconds: about the time that commonly served networks take for a full queue of the default length

    private readonly ProblemDetails _details;

    /// <param name="status">The status of the response.</param>
    /// <param name="code">The code that programs may rely on.</param>
    /// <param name="title">The kind of problem, the same for each code.</param>
    /// <param name="detail">What is wrong with this request.</param>
    private Problem(int status, string code, string title, string detail)
    {
        (Status, Code, Detail) = (status, code, detail);
        _details = new ProblemDetails
        {
            Type = "about:blank", // RFC 9457, 4.2.1: the code identifies the problem
            Title = title,
            Status = status,
            Detail = detail,
            Extensions = { ["code"] = code },
        };
    }

    public int Status { get; }

    public string Code { get; }

    public string Detail { get; }

    /// <summary>Whether the response closes the connection.</summary>
    private bool EndsConnection { get; init; }

    /// <summary>Writes the response, which must not have started: through the application's <see cref="IProblemDetailsService"/> if it has one.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        response.Clear();
        response.StatusCode = Status;
        response.Headers.CacheControl = "no-store";
        if (Status == StatusCodes.Status503ServiceUnavailable) response.Headers.RetryAfter = RetrySoon;
        if (EndsConnection) response.Headers.Connection = "close";
        bool written = context.RequestServices.GetService<IProblemDetailsService>() is IProblemDetailsService service
            && await service.TryWriteAsync(new ProblemDetailsContext { HttpContext = context, ProblemDetails = _details }).ConfigureAwait(false);
        if (!written)
            await ServingJson.WriteAsync(response, _details, ServingJson.Readable.ProblemDetails, MediaTypeNames.Application.ProblemJson).ConfigureAwait(false);
    }

    public static Problem BadQuery(string detail) => new(400, "query_invalid", "The query is not valid", detail);

    public static Problem Empty() => new(400, "body_empty", "There is no picture", "The body is empty; send the picture as the body.");

    public static Problem BadForm(string detail) => new(400, "form_invalid", "The form has no picture", detail);

    public static Problem BadRequest(string detail) => new(400, "request_invalid", "The request is not valid", detail);

    public static Problem Damaged(string reason) => new(400, "image_damaged", "The picture cannot be read", Sentence(reason));

    public static Problem NoSuchPicture() => new(404, "not_found", "There is no such picture", "The index has no such picture, or its file is gone.");

    public static Problem TooSlow(TimeSpan limit) => new(408, "body_too_slow", "The request took too long to arrive",
        FormattableString.Invariant($"The picture had not arrived after {limit.TotalSeconds:0.##} s, or arrived too slowly."))
    { EndsConnection = true };

    public static Problem TooManyBytes(int limit) => new(413, "body_too_large", "The request is too large",
        FormattableString.Invariant($"The request's body is larger than {limit} bytes, the most that is accepted."));

    public static Problem TooManyPixels(string reason) => new(413, "image_too_large", "The picture has too many pixels", Sentence(reason));

    public static Problem UnsupportedType(string? contentType) => new(415, "content_type_unsupported", "The request's type is not supported",
        $"The body's Content-Type is '{contentType}'; expected image/*, application/octet-stream or multipart/form-data.");

    public static Problem UnknownFormat(string reason) => new(415, "image_format_unknown", "The picture's format is unknown", Sentence(reason));

    public static Problem Failed() => new(500, "failed", "The server failed", "Something went wrong on the server; its log says more.");

    public static Problem NotFinite() => new(500, "output_not_finite", "The network's output is not finite",
        "The network computed a number that is not finite; its weights are probably damaged.");

    public static Problem Busy(int limit) => new(503, "queue_full", "The server is busy",
        FormattableString.Invariant($"The server is working on {limit} pictures, its maximum; try again soon."));

    public static Problem OutOfMemory() => new(503, "memory_full", "The server is busy", "Too many pictures are arriving at once; try again soon.");

    public static Problem Stopping() => new(503, "stopping", "The server is stopping", "The server is stopping and accepts no new requests.") { EndsConnection = true };

    public static Problem TimedOut(TimeSpan limit) => new(503, "timed_out", "The server was too busy",
        FormattableString.Invariant($"The picture was not computed within {limit.TotalSeconds:0.##} s; try again."));

    private static string Sentence(string half) => $"{char.ToUpperInvariant(half[0])}{half[1..]}.";
}

/// <summary>Ends a request with a problem.</summary>
internal sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}
