using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serving;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serving;

/// <summary>A server with a tiny network, on a free port.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private RunningServer(ResNetService service, WebApplication application)
    {
        (Service, Application) = (service, application);
        Client = new HttpClient { BaseAddress = new Uri(application.Urls.Single()) };
    }

    public ResNetService Service { get; }

    public WebApplication Application { get; }

    public HttpClient Client { get; }

    public static async Task<RunningServer> StartAsync(
        ResNetServiceOptions? options = null, TimeSpan? stopWithin = null, PictureIndex? index = null, ImagePreset? preset = null,
        RecordedLog? log = null, Action<WebApplication, ResNetService>? map = null, ResNet? network = null)
    {
        ResNetService service = new(network ?? TinyData.Network(), preset, options: options, index: index);
        WebApplication application = ResNetServer.Create(service, port: 0, stopWithin: stopWithin);
        if (log is not null) application.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        map?.Invoke(application, service);
        await application.StartAsync();
        return new RunningServer(service, application);
    }

    public Task<HttpResponseMessage> PostAsync(string path, byte[] body, string? contentType = "application/octet-stream", CancellationToken cancellation = default) =>
        Client.PostAsync(path, Content(body, contentType), cancellation);

    /// <summary>Sends raw bytes and reads one response, with a body of the length in its headers.</summary>
    public async Task<string> SendRawAsync(string request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, Client.BaseAddress!.Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using StreamReader answer = new(stream, Encoding.ASCII);
        StringBuilder text = new();
        int length = 0;
        while (await answer.ReadLineAsync() is { Length: > 0 } line)
        {
            text.Append(line).Append('\n');
            if (line.StartsWith("Content-Length: ", StringComparison.Ordinal)) length = int.Parse(line[16..], CultureInfo.InvariantCulture);
        }
        char[] body = new char[length];
        await answer.ReadBlockAsync(body);
        return text.Append(body).ToString();
    }

    /// <summary>Sends raw bytes and resets the connection, as a client does when its process ends.</summary>
    public async Task SendRawAndLeaveAsync(string request, Func<Task> before)
    {
        using TcpClient client = new() { LingerState = new LingerOption(true, 0) };
        await client.ConnectAsync(IPAddress.Loopback, Client.BaseAddress!.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        await before();
    }

    /// <summary>Reads the metrics until they contain a text; a request is counted only after its response.</summary>
    public async Task<string> MetricsWithAsync(string expected)
    {
        string text = "";
        await Eventually.Holds(async () => (text = await Client.GetStringAsync(new Uri("/metrics", UriKind.Relative))).Contains(expected), () => $"'{expected}' in {text}");
        return text;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Application.DisposeAsync();
        Service.Dispose();
    }

    public static ByteArrayContent Content(byte[] body, string? contentType = "application/octet-stream")
    {
        ByteArrayContent content = new(body);
        content.Headers.ContentType = contentType is null ? null : MediaTypeHeaderValue.Parse(contentType);
        return content;
    }

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response) => JsonElement.Parse(await response.Content.ReadAsStringAsync());

    /// <summary>Asserts that a response is a problem with this status and code; returns its detail.</summary>
    public static async Task<string> AssertProblem(HttpResponseMessage response, int status, string code)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.That((int)response.StatusCode, Is.EqualTo(status), text);
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        JsonElement problem = JsonElement.Parse(text);
        Assert.That(problem.GetProperty("status").GetInt32(), Is.EqualTo(status));
        Assert.That(problem.GetProperty("code").GetString(), Is.EqualTo(code), text);
        Assert.That(problem.GetProperty("title").GetString(), Is.Not.Empty);
        return problem.GetProperty("detail").GetString()!;
    }
}
