using System.Net;
using System.Net.Http.Headers;
using System.Reflection;

namespace ResNetManaged.Pretrained.Transfer;

/// <summary>Sends requests, follows redirects under rules, and turns failures into typed errors.</summary>
internal sealed class HttpTransport : IDisposable
{
    private const int MostRedirects = 10;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client;
    private readonly TimeSpan _idleTimeout;

    public HttpTransport(PretrainedOptions options)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
        };
        _client = new HttpClient(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan };
        string version = typeof(HttpTransport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("ResNetManaged", version));
        _idleTimeout = options.IdleTimeout;
    }

    /// <summary>The endpoint to whose host the token is sent, and the token; null to send none.</summary>
    public (Uri Endpoint, string Token)? Credentials { get; init; }

    /// <summary>Sends a request until the response's headers are there.</summary>
    /// <param name="method">GET or HEAD; a HEAD request ends at the first redirect to another host.</param>
    /// <param name="address">The address.</param>
    /// <param name="prepare">Adds headers; null to add none.</param>
    /// <param name="cancellation">Ends the request.</param>
    /// <exception cref="TransientException">The connection broke, or the server is overloaded or has a fault.</exception>
    /// <exception cref="PretrainedException">The server redirects too often or to an address that is not allowed.</exception>
    public async Task<Reply> SendAsync(HttpMethod method, Uri address, Action<HttpRequestMessage>? prepare, CancellationToken cancellation)
    {
        Reply reply = new(address);
        try
        {
            Uri next = address;
            for (int redirects = 0; ; redirects++)
            {
                reply.Add(await SendOnceAsync(method, next, prepare, reply.Shown, cancellation).ConfigureAwait(false));
                if (RedirectOf(reply.Response) is not Uri location) break;
                if (redirects == MostRedirects)
                    throw new PretrainedException(PretrainedFailure.Redirect, $"'{reply.Shown}' redirects more than {MostRedirects} times");
                Uri target = new(next, location);
                if (!Addresses.IsAllowed(target) || (target.Scheme != Uri.UriSchemeHttps && next.Scheme == Uri.UriSchemeHttps))
                {
                    throw new PretrainedException(PretrainedFailure.Redirect,
                        $"'{reply.Shown}' redirects to '{Addresses.Shown(target)}', which is not encrypted");
                }
                if (method == HttpMethod.Head && !Addresses.HaveSameOrigin(next, target)) break;
                next = target;
            }
            ThrowIfTransient(reply);
            return reply;
        }
        catch
        {
            reply.Dispose();
            throw;
        }
    }

    /// <summary>Reads from a response's body.</summary>
    /// <returns>The number of bytes; 0 at the end.</returns>
    /// <exception cref="TransientException">The connection broke, or nothing arrives.</exception>
    public async Task<int> ReadAsync(Stream body, Memory<byte> buffer, string shown, CancellationToken cancellation)
    {
        using CancellationTokenSource idle = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        idle.CancelAfter(_idleTimeout);
        try
        {
            return await body.ReadAsync(buffer, idle.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsBroken(exception, cancellation))
        {
            throw new TransientException(PretrainedFailure.Network, $"the connection to '{shown}' broke", innerException: exception);
        }
    }

    /// <summary>Reads a short text.</summary>
    /// <exception cref="PretrainedException">It is longer than <paramref name="mostBytes"/>.</exception>
    public async Task<byte[]> ReadAllAsync(Reply reply, int mostBytes, CancellationToken cancellation)
    {
        using MemoryStream content = new();
        byte[] buffer = new byte[1 << 14];
        Stream body = await reply.Response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            for (int count; (count = await ReadAsync(body, buffer, reply.Shown, cancellation).ConfigureAwait(false)) > 0;)
            {
                if (content.Length + count > mostBytes)
                    throw new PretrainedException(PretrainedFailure.WrongSize, $"'{reply.Shown}' is longer than {mostBytes} bytes");
                content.Write(buffer, 0, count);
            }
        }
        return content.ToArray();
    }

    /// <summary>The error for a response that is not the file.</summary>
    public static PretrainedException Refusal(Reply reply)
    {
        HttpStatusCode status = reply.Response.StatusCode;
        string answer = $"'{reply.Shown}' answers with {(int)status} ({reply.Response.ReasonPhrase ?? status.ToString()})";
        return status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new PretrainedException(PretrainedFailure.AccessDenied,
                $"{answer}: it does not exist, or access needs a token that has been granted it, in HF_TOKEN for Hugging Face"),
            HttpStatusCode.NotFound or HttpStatusCode.Gone => new PretrainedException(PretrainedFailure.NotFound, $"{answer}: there is no such file"),
            _ => new PretrainedException(PretrainedFailure.Server, answer),
        };
    }

    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpMethod method, Uri address, Action<HttpRequestMessage>? prepare, string shown, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(method, address);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        prepare?.Invoke(request);
        if (Credentials is var (endpoint, token) && Addresses.HaveSameOrigin(endpoint, address))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using CancellationTokenSource idle = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        idle.CancelAfter(_idleTimeout);
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, idle.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsBroken(exception, cancellation))
        {
            string? unreachable = (exception as HttpRequestException)?.HttpRequestError switch
            {
                HttpRequestError.NameResolutionError => $"the host '{address.Host}' cannot be found",
                HttpRequestError.ConnectionError => $"the host '{address.Authority}' cannot be reached",
                HttpRequestError.SecureConnectionError => $"no secure connection to '{address.Authority}' is possible",
                HttpRequestError.ProxyTunnelError => $"the proxy does not connect to '{address.Authority}'",
                _ => null,
            };
            throw new TransientException(PretrainedFailure.Network, unreachable ?? $"the connection to '{shown}' broke", innerException: exception)
            {
                IsUnreachable = unreachable is not null,
            };
        }
    }

    private static bool IsBroken(Exception exception, CancellationToken cancellation) =>
        exception is HttpRequestException or IOException || (exception is OperationCanceledException && !cancellation.IsCancellationRequested);

    private static Uri? RedirectOf(HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect
            or HttpStatusCode.PermanentRedirect => response.Headers.Location,
        _ => null,
    };

    private static void ThrowIfTransient(Reply reply)
    {
        HttpStatusCode status = reply.Response.StatusCode;
        if (status is not (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout) && (int)status < 500) return;
        RetryConditionHeaderValue? wait = reply.Response.Headers.RetryAfter;
        throw new TransientException(PretrainedFailure.Server, $"'{reply.Shown}' answers with {(int)status} ({reply.Response.ReasonPhrase ?? status.ToString()})",
            wait?.Delta ?? (wait?.Date - DateTimeOffset.UtcNow));
    }
}
