using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using ResNetManaged.Serving.Batching;

namespace ResNetManaged.Serving.Endpoints;

/// <summary>The picture in a request: its body, or the first file of a form.</summary>
internal static class PictureRequest
{
    private const int FormOverhead = 64 << 10; // boundaries, headers and fields around the picture

    /// <summary>Reads the picture.</summary>
    /// <exception cref="OperationCanceledException">The client is gone, or the request timed out.</exception>
    /// <exception cref="ProblemException">The Content-Type is not supported, the body is too large, or there is no picture.</exception>
    public static async Task<RequestBody> ReadAsync(HttpRequest request, ResNetService service, CancellationToken cancellation)
    {
        int limit = service.Options.MaxRequestBytes;
        // This limit holds on every server and is answered with a problem; the server's own limit would only cut the connection.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = null;
        _ = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type);
        bool isForm = type?.MediaType == "multipart/form-data";
        if (!isForm && !IsPicture(request.ContentType, type)) throw new ProblemException(Problem.UnsupportedType(request.ContentType));
        if (request.ContentLength > limit + (isForm ? FormOverhead : 0)) throw new ProblemException(Problem.TooManyBytes(limit));
        CancelableReader reader = new(request.BodyReader);
        using CancellationTokenRegistration canceling = cancellation.Register(reader.CancelPendingRead);
        Stream content = reader.AsStream(leaveOpen: true);
        try
        {
            RequestBody body = isForm
                ? await ReadFormAsync(request, content, type!, limit, service.BodyMemory).ConfigureAwait(false)
                : await RequestBody.ReadAsync(content, request.ContentLength, limit, service.BodyMemory).ConfigureAwait(false);
            if (body.Content.Length > 0) return body;
            body.Dispose();
            throw new ProblemException(Problem.Empty());
        }
        catch (BodyTooLargeException)
        {
            throw new ProblemException(Problem.TooManyBytes(limit));
        }
        catch (BodyMemoryException)
        {
            throw new ProblemException(Problem.OutOfMemory());
        }
    }

    private static bool IsPicture(string? contentType, MediaTypeHeaderValue? type) =>
        string.IsNullOrEmpty(contentType) // RFC 9110, 8.3: the recipient may then determine the type from the content
        || type is not null && (type.Type == "image" || type.MediaType == "application/octet-stream");

    /// <summary>Reads the first part that has a file name or is an image; earlier parts are skipped, later ones are not read.</summary>
    private static async Task<RequestBody> ReadFormAsync(
        HttpRequest request, Stream content, MediaTypeHeaderValue type, int limit, BodyMemory memory)
    {
        string? boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (string.IsNullOrEmpty(boundary)) throw new ProblemException(Problem.BadForm("The form's Content-Type has no boundary."));
        try
        {
            MultipartReader reader = new(boundary, content) { BodyLengthLimit = null };
            while (await reader.ReadNextSectionAsync().ConfigureAwait(false) is MultipartSection section)
            {
                bool isFile = ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out ContentDispositionHeaderValue? disposition)
                    && disposition.IsFileDisposition();
                if (isFile || section.ContentType?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) == true)
                    return await RequestBody.ReadAsync(section.Body, null, limit, memory).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException and not (BadHttpRequestException or ConnectionResetException))
        {
            throw new ProblemException(Problem.BadForm($"The form is not valid: {exception.Message}"));
        }
        throw new ProblemException(Problem.BadForm("No part of the form is a file; send the picture as a file."));
    }

    /// <summary>Parses a number from the query; null if it is absent.</summary>
    /// <exception cref="ProblemException">The value is not a whole number in the range.</exception>
    public static int? Number(HttpRequest request, string name, int minimum, int maximum)
    {
        if (!request.Query.TryGetValue(name, out StringValues text)) return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            && value >= minimum && value <= maximum)
        {
            return value;
        }
        throw new ProblemException(Problem.BadQuery(FormattableString.Invariant($"{name} '{text}' is not a whole number from {minimum} to {maximum}.")));
    }
}
