using System.CommandLine;
using System.Globalization;
using ResNetManaged.Cli.Corpus;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Corpus;
using ResNetManaged.Models;

namespace ResNetManaged.Cli.Commands.Corpus;

/// <summary>Divides a corpus into shards.</summary>
internal sealed class CorpusPlanCommand : CliCommand
{
    private readonly Argument<string[]> _inputs = ImagePaths.CreateArgument(
        "Folders of pictures or tar files, tar files as webdataset's, lists (.txt with a path per line, .csv, .jsonl); braces expand: data/{000..999}.tar");

    private readonly Option<string> _output = new("--output") { Description = "The folder for the plan and the results", HelpName = "DIR", Required = true };

    private readonly Option<bool> _embed = new("--embed") { Description = "Compute a vector for each picture, which is the default" };

    private readonly Option<int?> _classify = new("--classify")
    {
        Description = "Compute the N most probable classes of each picture instead of vectors",
        HelpName = "N",
        CustomParser = OptionRules.OptionalAtLeast(1),
    };

    private readonly Option<int> _shard = new("--shard")
    {
        Description = "Pictures in a shard of folders and lists; a tar file is always one shard",
        HelpName = "N",
        DefaultValueFactory = _ => CorpusOptions.DefaultShardSize,
        CustomParser = OptionRules.AtLeast(1),
    };

    private readonly Option<string> _format = new("--format")
    {
        Description = "How vectors are written: npy (float32 rows, with a file of JSON lines that names them) or jsonl; classes are always jsonl",
        HelpName = "npy|jsonl",
        DefaultValueFactory = _ => "npy",
    };

    private readonly Option<string?> _column = new("--column") { Description = "The column of lists that holds the path; by default file, path or image", HelpName = "NAME" };

    private readonly Option<bool> _count = new("--count") { Description = "Count the pictures of tar files now, so that a run notices if one has changed or lost some" };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    private readonly PlannedNetwork _network = new();

    public CorpusPlanCommand()
        : base("plan", "Divide pictures into shards that can be computed anywhere, and record the network.",
            "resnet corpus plan photos/ --output emb",
            "resnet corpus plan 'data/{00000..41407}.tar' --weights resnet50.pth --output emb",
            "resnet corpus plan list.csv --column url_path --classify 5 --shard 5000 --output classes")
    {
        Add(_inputs);
        foreach (Option option in (Option[])[_output, _embed, _classify, _shard, _format, _column, _count, _json]) Add(option);
        _network.AddTo(this);
        _format.AcceptOnlyFromAmong("npy", "jsonl");
    }

    /// <summary>Loads the network that a command line names.</summary>
    public ImageNetwork LoadNetwork(ParseResult arguments, Session session, bool classifies) => _network.Load(arguments, session, classifies);

    public override int Run(ParseResult arguments, Session session)
    {
        int classes = arguments.GetValue(_classify) ?? 0;
        if (classes > 0 && arguments.GetValue(_embed)) throw new UsageException("--embed and --classify cannot be combined; plan twice, into two folders");
        if (classes > 0 && !_network.HasWeights(arguments))
            throw new UsageException("--classify needs --weights: the network without it has no classes");
        if (classes > 0 && arguments.GetResult(_format) is { Implicit: false }) throw new UsageException("--format chooses how vectors are written; with --classify there are none");
        string folder = arguments.GetRequiredValue(_output);
        if (folder.Length == 0 || File.Exists(folder)) throw new CommandFailedException($"'{folder}' is not a folder; expected the name of one to write to");
        ImageNetwork model = _network.Load(arguments, session, classes > 0);
        CorpusPlan plan = CorpusPlan.Create(folder, model, new CorpusOptions
        {
            Inputs = arguments.GetRequiredValue(_inputs),
            Classes = classes,
            Format = arguments.GetValue(_format) == "npy" ? VectorFormat.Npy : VectorFormat.JsonLines,
            ShardSize = arguments.GetValue(_shard),
            Column = arguments.GetValue(_column),
            CountsArchives = arguments.GetValue(_count),
            Reading = _network.Files(arguments),
            Execution = session.Execution,
            Weights = _network.NameOf(arguments),
            Settings = _network.Settings(arguments),
        });
        if (arguments.GetValue(_json))
        {
            JsonLine.Write(session.Out, line =>
            {
                line.WriteString("output", folder);
                line.WriteNumber("shards", plan.ShardCount);
                if (plan.Items is long items) line.WriteNumber("items", items);
                else line.WriteNull("items");
                line.WriteNumber("dimensions", plan.Dimensions);
                line.WriteNumber("classes", plan.Classes);
                line.WriteString("isa", session.Isa);
            });
        }
        else
        {
            string items = plan.Items is long counted ? counted.ToString(CultureInfo.InvariantCulture) : "uncounted";
            session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: {plan.ShardCount} shards, {items} pictures; next: resnet corpus run {folder}"));
        }
        return ExitCode.Done;
    }
}
