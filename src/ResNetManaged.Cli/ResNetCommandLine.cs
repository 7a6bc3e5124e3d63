using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Reflection;
using ResNetManaged.Cli.Commands;
using ResNetManaged.Cli.Commands.Corpus;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;

namespace ResNetManaged.Cli;

/// <summary>The command line as a function from arguments to an exit code.</summary>
internal static class ResNetCommandLine
{
    public static int Run(string[] args, Terminal terminal, CancellationToken cancellation = default)
    {
        GlobalOptions globals = new();
        bool verbose = false;
        try
        {
            ParseResult parsed = Build(globals, terminal, cancellation).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0) throw new UsageException(DescribeUsage(parsed));
            verbose = globals.IsVerbose(parsed);
            int exitCode = parsed.Invoke(new InvocationConfiguration
            {
                Output = terminal.Out,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
            terminal.Out.Flush();
            return exitCode;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Cancelled;
        }
#pragma warning disable CA1031 // Whatever happens, the user reads one line, not a stack trace.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            terminal.WriteError($"error: {ErrorText.Describe(exception)}");
            if (exception is UsageException) return ExitCode.WrongUsage;
            if (verbose) terminal.WriteError(exception.ToString());
            return ExitCode.Failed;
        }
    }

    /// <summary>The program's version.</summary>
    public static string Version { get; } = typeof(Program).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]; // the commit follows the plus

    private static RootCommand Build(GlobalOptions globals, Terminal terminal, CancellationToken cancellation)
    {
        RootCommand root = new("ResNets on the CPU in pure managed code: classify, embed, explain, train and serve.");
        globals.AddTo(root);
        CliCommand[] commands =
        [
            new ModelsCommand(), new SummaryCommand(), new ShowCommand(), new ClassifyCommand(), new ExplainCommand(), new EmbedCommand(),
            new SimilarCommand(), new EvaluateCommand(), new PredictCommand(), new TrainCommand(), new FinetuneCommand(), new QuantizeCommand(), new ConvertCommand(), new PullCommand(),
            new BenchmarkCommand(), new ProfileCommand(), new InfoCommand(), new DemoCommand(),
            new ServeCommand(), new CorpusCommand(),
        ];
        foreach (CliCommand command in commands) root.Add(command);
        foreach (CliCommand command in commands.SelectMany(command => command.Subcommands.Count == 0 ? [command] : command.Subcommands.Cast<CliCommand>()))
            command.SetAction(arguments => command.Run(arguments, globals.StartSession(arguments, terminal, cancellation)));
        foreach (Option option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help }) option.Action = new HelpWithExamples(help);
            if (option is VersionOption) option.Action = new PrintVersion();
        }
        return root;
    }

    private static string DescribeUsage(ParseResult parsed)
    {
        string command = "";
        for (SymbolResult? part = parsed.CommandResult; part is CommandResult { Command: not RootCommand } named; part = part.Parent) command = $" {named.Command.Name}{command}";
        return $"{ErrorText.OneLine(parsed.Errors[0].Message).TrimEnd('.')}; see resnet{command} --help";
    }

    /// <summary>The standard help, followed by examples.</summary>
    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            help.Invoke(parseResult);
            IReadOnlyList<string> examples = parseResult.CommandResult.Command is CliCommand command
                ? command.Examples
                :
                [
                    "resnet classify cat.jpg", "resnet classify photos/ --weights resnet50.pth",
                    "resnet summary textbook_resnet34 --input 10,3,224,224 --depth 1",
                ];
            TextWriter output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (string example in examples) output.WriteLine($"  {example}");
            return ExitCode.Done;
        }
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(Version);
            return ExitCode.Done;
        }
    }
}
