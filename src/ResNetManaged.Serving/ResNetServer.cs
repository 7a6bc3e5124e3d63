using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ResNetManaged.Serving;

/// <summary>A web server of its own for one network: what <c>resnet serve</c> runs.</summary>
public static class ResNetServer
{
    /// <summary>Makes the server; <c>StartAsync</c> starts it, <c>StopAsync</c> answers what is here and ends it.</summary>
    /// <remarks>
    /// HTTP/1.1 without encryption. Senders must bring at least 240 bytes a second. A server on this machine's own address answers to that name only,
    /// so that no other site's script can reach it through a name of its own.
    /// </remarks>
    /// <param name="service">The network; the caller disposes of it after the server has ended.</param>
    /// <param name="host">The address or the name <c>localhost</c> to listen on; <c>0.0.0.0</c> for all. Default 127.0.0.1.</param>
    /// <param name="port">The port; 0 for any that is free. Default 8080.</param>
    /// <param name="stopWithin">The longest that stopping waits for requests that are here; null for 30 s.</param>
    /// <exception cref="FormatException">The host is neither an address nor <c>localhost</c>.</exception>
    public static WebApplication Create(ResNetService service, string host = "127.0.0.1", int port = 8080, TimeSpan? stopWithin = null)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentException.ThrowIfNullOrEmpty(host);
        IPAddress address = host == "localhost" ? IPAddress.Loopback
            : IPAddress.TryParse(host, out IPAddress? parsed) ? parsed
            : throw new FormatException($"'{host}' is not an address to listen on; expected one such as 127.0.0.1, 0.0.0.0, ::1, or localhost");
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // the caller gets what stops the start
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = stopWithin ?? TimeSpan.FromSeconds(30));
        builder.Services.AddSingleton<IHostLifetime, CallerLifetime>();
        if (IPAddress.IsLoopback(address))
            builder.Services.Configure<HostFilteringOptions>(options => options.AllowedHosts = ["localhost", "127.0.0.1", "[::1]", host]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 1024; // each may hold a body: ResNetServiceOptions.MaxBodyMemory bounds them together
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Listen(address, port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        WebApplication server = builder.Build();
        if (IPAddress.IsLoopback(address)) server.UseHostFiltering();
        server.MapResNet(service);
        return server;
    }

    /// <summary>The caller decides when the server ends: signals are the program's, not the server's.</summary>
    private sealed class CallerLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
