using System.Globalization;

namespace ResNetManaged.Pretrained.Transfer;

/// <summary>A response, and what responses on the way to it said about the file.</summary>
/// <param name="address">The address that was requested first.</param>
internal sealed class Reply(Uri address) : IDisposable
{
    /// <summary>The address that was requested, for messages.</summary>
    public string Shown { get; } = Addresses.Shown(address);

    /// <summary>The last response.</summary>
    public HttpResponseMessage Response { get; private set; } = null!;

    /// <summary>The commit from which Hugging Face serves the file; null elsewhere.</summary>
    public string? Commit { get; private set; }

    /// <summary>The hash of the content: Hugging Face's header for large files; null if there is none.</summary>
    public string? LinkedETag { get; private set; }

    /// <summary>The length of the content: Hugging Face's header for large files; null if there is none.</summary>
    public long? LinkedSize { get; private set; }

    /// <summary>The validator of the content without its quotes; null if there is none or it is weak.</summary>
    public string? ETag => Response.Headers.ETag is { IsWeak: false } etag ? etag.Tag : null;

    /// <summary>Takes over the next response.</summary>
    public void Add(HttpResponseMessage response)
    {
        Response?.Dispose();
        Response = response;
        Commit ??= Header(response, "X-Repo-Commit");
        LinkedETag ??= Header(response, "X-Linked-ETag")?.Trim('"');
        if (LinkedSize is null && long.TryParse(Header(response, "X-Linked-Size"), NumberStyles.None, CultureInfo.InvariantCulture, out long size))
            LinkedSize = size;
    }

    public void Dispose() => Response?.Dispose();

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : null;
}
