using System.CommandLine;
using System.Globalization;
using ResNetManaged.Cli.Corpus;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Options;
using ResNetManaged.Corpus;

namespace ResNetManaged.Cli.Commands.Corpus;

/// <summary>Checks a corpus.</summary>
internal sealed class CorpusVerifyCommand : CliCommand
{
    private readonly Argument<string> _folder = CorpusCommand.CreateFolder();

    private readonly Option<double?> _recompute = new("--recompute")
    {
        Description = "Also compute a share of the results again, such as 0.001, and compare their bits",
        HelpName = "SHARE",
        CustomParser = result => OptionRules.Positive(maximum: 1)(result),
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public CorpusVerifyCommand()
        : base("verify", "Check that no shard is missing, every picture is counted, and every file has its hash; exit code 1 if not.",
            "resnet corpus verify emb",
            "resnet corpus verify emb --recompute 0.001")
    {
        Add(_folder);
        Add(_recompute);
        Add(_json);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        CorpusPlan plan = CorpusPlan.Load(arguments.GetRequiredValue(_folder));
        double? share = arguments.GetValue(_recompute);
        CorpusRunner? runner = share is null ? null : PlannedNetwork.CreateRunner(plan, session);
        CorpusVerifier verifier = new(plan, problem => session.Terminal.WriteError($"error: {ErrorText.OneLine(problem)}"), runner, share ?? 0);
        CorpusVerification found = session.WithProgress("verify", plan.ShardCount, printsMeanwhile: false, progress => verifier.Verify(progress, session.Cancellation));
        CorpusStatus status = found.Status;
        if (arguments.GetValue(_json)) CorpusCounts.WriteJson(status, session, ("problems", found.Problems), ("recomputed", found.Recomputed));
        else
        {
            session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{plan.Folder}: {status.Done} of {status.Shards} shards, {status.Items} pictures = {status.Rows} rows + {status.Failed} failed; ")
                + (found.Problems == 0 ? "no problems" : string.Create(CultureInfo.InvariantCulture, $"{found.Problems} problems"))
                + (share is null ? "" : string.Create(CultureInfo.InvariantCulture, $"; {found.Recomputed} results computed again, equal to the bit")));
        }
        return found.Problems == 0 ? ExitCode.Done : ExitCode.Failed;
    }
}
