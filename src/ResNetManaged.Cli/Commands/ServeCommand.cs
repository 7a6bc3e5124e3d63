using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using ResNetManaged.Cli.Embedding;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Imaging;
using ResNetManaged.Models;
using ResNetManaged.Search;
using ResNetManaged.Serving;

namespace ResNetManaged.Cli.Commands;

/// <summary>Serves a network over HTTP, with a page to drop a picture on.</summary>
internal sealed class ServeCommand : CliCommand
{
    private const int LastPort = 65535;
    private const double SecondsInADay = 24 * 60 * 60;
    private static readonly TimeSpan TimeToExit = TimeSpan.FromSeconds(5); // once open requests are answered or abandoned

    private readonly NetworkOptions _network = new();
    private readonly ClassNames _classes = new();

    private readonly Option<string> _host = new("--host")
    {
        Description = "The address to listen on; 0.0.0.0 for all interfaces",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    private readonly Option<int> _port = new("--port")
    {
        Description = "The port; 0 for any free one",
        HelpName = "N",
        DefaultValueFactory = _ => 8080,
        CustomParser = OptionRules.Between(0, LastPort),
    };

    private readonly Option<string[]> _index = new("--index")
    {
        Description = "Files that 'resnet embed' wrote with the same network (.npy): the page searches their pictures and shows them",
        HelpName = "FILE",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int> _queue = new("--queue")
    {
        Description = "Pictures that may be waiting or computing at the same time; further ones are refused with 503",
        HelpName = "N",
        DefaultValueFactory = _ => new ResNetServiceOptions().QueueLimit,
        CustomParser = OptionRules.AtLeast(1),
    };

    private readonly Option<double> _stopWithin = new("--stop-within")
    {
        Description = "Seconds to wait for open requests when the server stops",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 30,
        CustomParser = OptionRules.AtLeast(0, SecondsInADay),
    };

    public ServeCommand()
        : base("serve", "Serve a network over HTTP, with a page to drop a picture on.",
            "resnet serve",
            "resnet serve --index photos.npy",
            "resnet serve --weights resnet50.pth --classes imagenet.txt",
            "resnet serve --weights resnet18.safetensors --host 0.0.0.0 --port 80")
    {
        _host.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } host && host != "localhost" && !IPAddress.TryParse(host, out _))
                result.AddError($"--host '{host}' is not an address to listen on; expected one such as 127.0.0.1, 0.0.0.0, ::1, or localhost");
        });
        _network.AddTo(this);
        _classes.AddTo(this);
        Add(_host);
        Add(_port);
        Add(_index);
        Add(_queue);
        Add(_stopWithin);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        int port = arguments.GetValue(_port);
        TimeSpan stopWithin = TimeSpan.FromSeconds(arguments.GetValue(_stopWithin));
        Program.PatienceAfterInterrupt = stopWithin + TimeToExit;
        using ResNetService service = CreateService(arguments, session);
        return RunAsync(service, arguments.GetRequiredValue(_host), port, stopWithin, session).GetAwaiter().GetResult();
    }

    private ResNetService CreateService(ParseResult arguments, Session session)
    {
        string[] indexes = arguments.GetValue(_index) ?? [];
        foreach (string file in indexes) InputFile.Require(file);
        _classes.Require(arguments);
        ImageNetwork model = _network.LoadClassifier(arguments, session);
        _classes.NameClasses(arguments, model);
        ImageFileOptions reading = _network.Files(arguments);
        PictureIndex? index = indexes.Length == 0 ? null : new([.. indexes.Select(file => LoadIndex(file, model, _network.NameOfWeights(arguments), reading, session))]);
        return new ResNetService(model, execution: session.Execution, index: index,
            options: new ResNetServiceOptions
            {
                QueueLimit = arguments.GetValue(_queue),
                Images = new ImageFileOptions { PixelCap = new ResNetServiceOptions().Images.PixelCap, Upright = reading.Upright },
            });
    }

    private static EmbeddingIndex LoadIndex(string file, ImageNetwork model, string weights, ImageFileOptions reading, Session session)
    {
        EmbeddingIndex index = IndexFile.Load(file, model, weights, reading, session);
        return index.Names is null
            ? throw new CommandFailedException($"'{file}' has no manifest beside it, so its pictures are unknown; write it again with resnet embed")
            : index;
    }

    /// <exception cref="CommandFailedException">The operating system does not allow listening at this address.</exception>
    private static async Task StartAsync(WebApplication server, string host, int port, CancellationToken cancellation)
    {
        try
        {
            await server.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            throw new CommandFailedException($"cannot listen on {host}, port {port}: {exception.Message}", exception);
        }
    }

    /// <summary>Serves until the command is canceled, then finishes open requests.</summary>
    private static async Task<int> RunAsync(ResNetService service, string host, int port, TimeSpan stopWithin, Session session)
    {
        WebApplication server = ResNetServer.Create(service, host, port, stopWithin);
        await using (server.ConfigureAwait(false))
        {
            await StartAsync(server, host, port, session.Cancellation).ConfigureAwait(false);
            session.Out.WriteLine($"{service.Classifier.Model.Title} on {server.Urls.First()}");
            session.Out.Flush();
            TaskCompletionSource stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
            using (session.Cancellation.Register(stop.SetResult)) await stop.Task.ConfigureAwait(false);
            await server.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }
        session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"stopped after {service.Accepted} pictures"));
        return ExitCode.Done;
    }
}
