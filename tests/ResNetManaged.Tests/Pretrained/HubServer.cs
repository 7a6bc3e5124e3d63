using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ResNetManaged.Tests.Pretrained;

/// <summary>A server on this machine that answers like torchvision's and Hugging Face's, and misbehaves on demand.</summary>
internal sealed class HubServer : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private const int PieceLength = 1 << 14;

    private readonly WebApplication _application;

    private HubServer(WebApplication application) => _application = application;

    public Uri Address { get; private set; } = null!;

    /// <summary>The files by path, such as <c>/models/net.pth</c>.</summary>
    public ConcurrentDictionary<string, Served> Files { get; } = new();

    /// <summary>The files of the repository <c>owner/repo</c>; large ones are served from <see cref="LargeFiles"/>, as LFS files are.</summary>
    public Dictionary<string, byte[]> Repository { get; } = [];

    /// <summary>Where the repository's large files are: this server if null.</summary>
    public HubServer? LargeFiles { get; set; }

    public string? License { get; set; } = "apache-2.0";

    public bool HasApi { get; set; } = true;

    /// <summary>Answers instead of the server; returns whether it did.</summary>
    public Func<HttpContext, Task<bool>>? Misbehave { get; set; }

    /// <summary>The most bytes of a body before the connection is broken; null for no limit.</summary>
    public Func<int>? BreakAfter { get; set; }

    /// <summary>The pause after each piece of a body.</summary>
    public TimeSpan Pause { get; set; }

    public ConcurrentQueue<Received> Requests { get; } = new();

    public int Bodies => Requests.Count(request => request.Method == "GET" && !request.Path.StartsWith("/api/", StringComparison.Ordinal));

    public static async Task<HubServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        HubServer server = new(builder.Build());
        server._application.Run(server.AnswerAsync);
        await server._application.StartAsync();
        server.Address = new Uri(server._application.Urls.Single());
        return server;
    }

    /// <summary>Adds a file and returns its address.</summary>
    public Uri Add(string path, byte[] content, string? etag = null)
    {
        Files[path] = new Served(content, etag ?? $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..20]}\"");
        return new Uri(Address, path);
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource now = new(0);
        try
        {
            await _application.StopAsync(now.Token); // open connections are ended
        }
        catch (OperationCanceledException)
        {
        }
        await _application.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        string path = request.Path.Value!;
        IHeaderDictionary headers = request.Headers;
        Requests.Enqueue(new Received(request.Method, path, headers.Range.ToString(), headers.IfRange.ToString(), headers.Authorization.ToString()));
        if (Misbehave is { } misbehave && await misbehave(context)) return;
        if (path.StartsWith("/api/models/owner/repo/revision/", StringComparison.Ordinal) && HasApi) await DescribeAsync(context);
        else if (path.Split('/') is ["", "owner", "repo", "resolve", _, var name]) await ResolveAsync(context, name);
        else if (Files.TryGetValue(path, out Served? file)) await SendAsync(context, file);
        else context.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private Task DescribeAsync(HttpContext context)
    {
        string files = string.Join(',', Repository.Keys.Append("README.md").Select(name => $$"""{"rfilename":"{{name}}"}"""));
        string card = License is null ? "null" : $$"""{"license":"{{License}}"}""";
        return context.Response.WriteAsync($$"""{"id":"owner/repo","sha":"{{Commit}}","cardData":{{card}},"siblings":[{{files}}]}""");
    }

    private Task ResolveAsync(HttpContext context, string name)
    {
        context.Response.Headers["X-Repo-Commit"] = Commit;
        if (!Repository.TryGetValue(name, out byte[]? content))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        if (name.EndsWith(".json", StringComparison.Ordinal)) return SendAsync(context, new Served(content, $"\"{GitName(content)}\""));
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        context.Response.Headers["X-Linked-ETag"] = $"\"{sha256}\"";
        context.Response.Headers["X-Linked-Size"] = content.Length.ToString(CultureInfo.InvariantCulture);
        context.Response.Redirect((LargeFiles ?? this).Add($"/lfs/{sha256}", content).AbsoluteUri);
        return Task.CompletedTask;
    }

    /// <summary>Sends a file, or the rest of it if the request has the validator of this version.</summary>
    private async Task SendAsync(HttpContext context, Served file)
    {
        HttpResponse response = context.Response;
        int from = 0;
        if (file.ETag.Length > 0) response.Headers.ETag = file.ETag;
        if (context.Request.Headers.Range.ToString() is { Length: > 0 } range && (context.Request.Headers.IfRange == file.ETag || file.IgnoresIfRange))
        {
            from = int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
            if (from >= file.Content.Length)
            {
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                return;
            }
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{file.Content.Length - 1}/{file.Content.Length}");
        }
        response.ContentLength = file.Content.Length - from;
        if (context.Request.Method == "HEAD") return;
        int limit = BreakAfter?.Invoke() ?? int.MaxValue;
        await response.StartAsync();
        for (int sent = from; sent < file.Content.Length;)
        {
            int count = Math.Min(Math.Min(PieceLength, file.Content.Length - sent), limit - (sent - from));
            await response.Body.WriteAsync(file.Content.AsMemory(sent, count));
            await response.Body.FlushAsync();
            sent += count;
            if (sent - from >= limit && sent < file.Content.Length)
            {
                context.Abort();
                return;
            }
            if (Pause > TimeSpan.Zero) await Task.Delay(Pause);
        }
    }

    private static string GitName(byte[] content)
    {
#pragma warning disable CA5350 // git's names are SHA-1
        return Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350
    }

    /// <summary>A file with its validator.</summary>
    public sealed record Served(byte[] Content, string ETag, bool IgnoresIfRange = false);

    /// <summary>A request.</summary>
    public sealed record Received(string Method, string Path, string Range, string IfRange, string Authorization);
}
