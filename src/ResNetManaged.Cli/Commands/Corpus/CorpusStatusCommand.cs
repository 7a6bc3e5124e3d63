using System.CommandLine;
using System.Globalization;
using ResNetManaged.Cli.Corpus;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Corpus;

namespace ResNetManaged.Cli.Commands.Corpus;

/// <summary>Says how far a corpus is.</summary>
internal sealed class CorpusStatusCommand : CliCommand
{
    private readonly Argument<string> _folder = CorpusCommand.CreateFolder();

    private readonly Option<bool> _missing = new("--missing") { Description = "Print only the numbers of the shards that are not done, one per line, for --shards -" };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public CorpusStatusCommand()
        : base("status", "Count the shards that are done and their pictures.",
            "resnet corpus status emb",
            "resnet corpus status emb --missing | xargs -n 1 -P 4 sh -c 'echo $0 | resnet corpus run emb --shards -'")
    {
        Add(_folder);
        Add(_missing);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        CorpusPlan plan = CorpusPlan.Load(arguments.GetRequiredValue(_folder));
        if (arguments.GetValue(_missing))
        {
            CorpusStatus.Read(plan, (shard, _) => session.Out.WriteLine(shard.ToString(CultureInfo.InvariantCulture)));
            return ExitCode.Done;
        }
        bool json = arguments.GetValue(_json);
        List<string> reasons = [];
        CorpusStatus status = CorpusStatus.Read(plan, (shard, reason) =>
        {
            if (reason is not null && !json) reasons.Add($"shard {shard} was set aside: {ErrorText.OneLine(reason)}");
        });
        if (json)
        {
            CorpusCounts.WriteJson(status, session);
            return ExitCode.Done;
        }
        session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{plan.Folder}: {status.Done} of {status.Shards} shards done, {status.SetAside} set aside; {status.Items} pictures, {status.Rows} with a result, {status.Failed} failed"));
        foreach (string reason in reasons) session.Out.WriteLine(reason);
        return ExitCode.Done;
    }
}
