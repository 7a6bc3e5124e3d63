using System.CommandLine;
using System.Globalization;
using System.Text;
using ResNetManaged.Cli.Corpus;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Output;
using ResNetManaged.Corpus;

namespace ResNetManaged.Cli.Commands.Corpus;

/// <summary>Computes the shards that are missing.</summary>
internal sealed class CorpusRunCommand : CliCommand
{
    private const string StandardInput = "-";

    private readonly Argument<string> _folder = CorpusCommand.CreateFolder();

    private readonly Option<string?> _task = new("--task")
    {
        Description = "Compute every N-th shard from shard I on; env takes both from the variables of Slurm, Kubernetes, AWS Batch, PBS, LSF or SGE",
        HelpName = "I/N|env",
    };

    private readonly Option<string?> _shards = new("--shards") { Description = "Read the numbers of shards from standard input, and print a manifest or an error per line", HelpName = "-" };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object" };

    public CorpusRunCommand()
        : base("run", "Compute the shards that are missing. It can be killed at any time and run again, and run on many machines at once.",
            "resnet corpus run emb",
            "resnet corpus run emb --task 3/100",
            "sbatch --array=0-99 --wrap 'resnet corpus run emb --task env'",
            "resnet corpus status emb --missing | resnet corpus run emb --shards -")
    {
        Add(_folder);
        foreach (Option option in (Option[])[_task, _shards, _json]) Add(option);
        _shards.AcceptOnlyFromAmong(StandardInput);
    }

    public override int Run(ParseResult arguments, Session session)
    {
        bool reads = arguments.GetValue(_shards) is not null;
        string? task = arguments.GetValue(_task);
        if (reads && task is not null) throw new UsageException("--shards and --task cannot be combined: the input names the shards");
        CorpusTask part = PartOf(task);
        CorpusPlan plan = CorpusPlan.Load(arguments.GetRequiredValue(_folder));
        CorpusRunner runner = PlannedNetwork.CreateRunner(plan, session);
        int exitCode = reads ? Filter(plan, runner, session) : RunAll(plan, part, runner, arguments.GetValue(_json), session);
        runner.RemoveLeftovers();
        return exitCode;
    }

    /// <summary>A line in, a line out: what xargs, Spark's pipe, Ray and Dask expect of a program.</summary>
    private static int Filter(CorpusPlan plan, CorpusRunner runner, Session session)
    {
        int exitCode = ExitCode.Done;
        using StreamReader input = new(session.Terminal.OpenInput(), Encoding.UTF8);
        for (int number = 1; input.ReadLine() is string line; number++)
        {
            if (line.AsSpan().Trim().Length == 0) continue;
            if (!int.TryParse(line, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int shard) || shard >= plan.ShardCount)
                throw new CommandFailedException($"line {number} of standard input is '{line}'; expected the number of a shard, 0 to {plan.ShardCount - 1}");
            try
            {
                session.Out.WriteLine(Encoding.UTF8.GetString(runner.Run(shard, cancellationToken: session.Cancellation).ToJson().Span));
            }
            catch (ShardException exception)
            {
                session.Terminal.WriteError($"error: {ErrorText.OneLine(exception.Message)}");
                JsonLine.Write(session.Out, json =>
                {
                    json.WriteNumber("shard", shard);
                    json.WriteString("error", exception.Reason);
                });
                exitCode = ExitCode.Failed;
            }
            session.Out.Flush();
        }
        return exitCode;
    }

    private static int RunAll(CorpusPlan plan, CorpusTask part, CorpusRunner runner, bool json, Session session)
    {
        RunTotals totals = new();
        int count = part.ShardsOf(plan.ShardCount).Count();
        session.WithProgress("corpus", count, printsMeanwhile: false, progress =>
        {
            List<int> elsewhere = [];
            foreach (int shard in part.ShardsOf(plan.ShardCount))
            {
                if (!totals.Count(shard, () => runner.TryRun(shard, cancellationToken: session.Cancellation), session)) elsewhere.Add(shard);
                progress?.Report(totals.Finished);
            }
            foreach (int shard in elsewhere) // other processes work on these, and may die
            {
                totals.Count(shard, () => runner.Run(shard, cancellationToken: session.Cancellation), session);
                progress?.Report(totals.Finished);
            }
            return totals;
        });
        totals.Print(plan, count, json, session);
        return totals.SetAside == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static CorpusTask PartOf(string? task)
    {
        if (task is null) return new CorpusTask(0, 1);
        try
        {
            return CorpusTask.Parse(task);
        }
        catch (FormatException exception)
        {
            throw new UsageException($"--task {exception.Message}");
        }
    }
}
