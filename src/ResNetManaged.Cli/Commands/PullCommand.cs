using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Output;
using ResNetManaged.Pretrained;

namespace ResNetManaged.Cli.Commands;

/// <summary>Downloads a trained network: the only command that downloads anything.</summary>
internal sealed class PullCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME")
    {
        Description = "torchvision:NAME or torchvision:NAME:IMAGENET1K_V1; hf:OWNER/REPO or hf:OWNER/REPO@REVISION; or the https address of a file",
    };

    private readonly Option<string?> _to = new("--to")
    {
        Description = "The folder to write the files to; by default a cache, where --weights finds them by name",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _sha256 = new("--sha256") { Description = "The SHA-256 that the file of weights must have", HelpName = "H" };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public PullCommand()
        : base("pull", "Download a trained network once; no other command downloads anything.",
            "resnet pull torchvision:resnet50",
            "resnet pull torchvision:resnet50:IMAGENET1K_V1 --to weights/",
            "resnet pull hf:microsoft/resnet-50 --json")
    {
        Add(_name);
        Add(_to);
        Add(_sha256);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        if (arguments.GetValue(_to) is "") throw new UsageException("--to is empty; expected the name of a folder");
        PretrainedOptions options = new() { Folder = arguments.GetValue(_to), Sha256 = arguments.GetValue(_sha256) };
        PretrainedNetwork network = Fetch(arguments.GetRequiredValue(_name), options, session);
        if (arguments.GetValue(_json)) JsonLine.Write(session.Out, line => Describe(line, network));
        else Print(session.Out, network);
        return ExitCode.Done;
    }

    private static PretrainedNetwork Fetch(string name, PretrainedOptions options, Session session)
    {
        try
        {
            return session.Terminal.ErrorIsTerminal && !session.Quiet
                ? session.Terminal.ShowProgress(name, 1, bar => Fetch(name, options, new Display(session, bar), session.Cancellation))
                : Fetch(name, options, new Display(session, null), session.Cancellation);
        }
        catch (PretrainedException exception) when (exception.Failure == PretrainedFailure.UnknownName)
        {
            throw new UsageException(exception.Message);
        }
    }

    private static PretrainedNetwork Fetch(string name, PretrainedOptions options, Display display, CancellationToken cancellation) =>
        PretrainedNetworks.FetchAsync(name, options, display, cancellation).GetAwaiter().GetResult();

    private static void Describe(Utf8JsonWriter line, PretrainedNetwork network)
    {
        line.WriteString("name", network.Name);
        line.WriteString("path", network.Path);
        line.WriteNumber("bytes", network.Bytes);
        line.WriteString("sha256", network.Sha256);
        line.WriteString("license", network.License);
    }

    private static void Print(TextWriter output, PretrainedNetwork network)
    {
        output.WriteLine(network.Name);
        output.WriteLine($"path     {network.Path}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bytes    {network.Bytes:N0}"));
        output.WriteLine($"sha256   {network.Sha256}");
        output.WriteLine($"license  {network.License ?? "not stated; ask where the network comes from"}");
    }

    /// <summary>Shows progress in a bar, if there is one, and attempts that failed as warnings.</summary>
    private sealed class Display(Session session, Terminal.IBar? bar) : IProgress<PretrainedProgress>
    {
        public void Report(PretrainedProgress value)
        {
            if (value.Notice is string notice) session.Warn(ErrorText.OneLine(notice));
            else bar?.Show(value.Bytes, value.TotalBytes ?? value.Bytes, value.File);
        }
    }
}
