using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ResNetManaged.Serving;

/// <summary>A complete web server for one network; <c>resnet serve</c> runs it.</summary>
public static class ResNetServer
{
    /// <summary>Creates the server; <c>StartAsync</c> starts it, <c>StopAsync</c> answers accepted requests and ends it.</summary>
    /// <remarks>
    /// HTTP/1.1 without encryption. Clients must send at least 240 bytes per second. On a loopback address the server accepts only loopback host names,
    /// so that scripts of other sites cannot reach it by DNS rebinding.
    /// </remarks>
    /// <param name="service">The network; the caller disposes it after the server has ended.</param>
    /// <param name="host">The address to listen on, or <c>localhost</c>; <c>0.0.0.0</c> for all addresses. Default 127.0.0.1.</param>
    /// <param name="port">The port; 0 for any free port. Default 8080.</param>
    /// <param name="stopWithin">How long stopping waits for accepted requests; null, the default, for 30 s.</param>
    /// <exception cref="FormatException">The host is neither an IP address nor <c>localhost</c>.</exception>
    public static WebApplication Create(ResNetService service, string host = "127.0.0.1", int port = 8080, TimeSpan? stopWithin = null)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentException.ThrowIfNullOrEmpty(host);
        IPAddress address = host == "localhost" ? IPAddress.Loopback
            : IPAddress.TryParse(host, out IPAddress? parsed) ? parsed
            : throw new FormatException($"'{host}' is not an address to listen on; expected one such as 127.0.0.1, 0.0.0.0, ::1, or localhost.");
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // the caller gets the exception if starting fails
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

    /// <summary>Leaves signals to the program: the caller decides when the server ends.</summary>
    private sealed class CallerLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
