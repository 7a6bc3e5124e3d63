using System.CommandLine;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Cli;

/// <summary>What every command runs with: the terminal, the global options, and the wish to stop.</summary>
internal sealed record Session(Terminal Terminal, ExecutionOptions Execution, bool Quiet, bool Verbose, CancellationToken Cancellation)
{
    public TextWriter Out => Terminal.Out;

    /// <summary>The vector width in use, as the command line spells it.</summary>
    public string Isa => SimdDispatch.NameOf(SimdDispatch.Resolve(Execution.Simd));

    /// <summary>The precision in use, as the command line spells it.</summary>
    public string Precision => OptionRules.NameOf(Execution.Precision);

    /// <summary>Reports something that failed while the command goes on.</summary>
    public void WriteError(string message) => Terminal.WriteError($"error: {message}");

    /// <summary>Says something that only the curious want to know.</summary>
    public void Note(FormattableString text)
    {
        if (Verbose) Terminal.WriteError(FormattableString.Invariant(text));
    }

    /// <summary>Does long work, with a progress bar where one does not get in the way.</summary>
    /// <param name="title">What is done.</param>
    /// <param name="total">How many things there are to do.</param>
    /// <param name="printsMeanwhile">Whether results are printed while the work goes on.</param>
    /// <param name="work">The work; it reports how many things are done.</param>
    public T WithProgress<T>(string title, int total, bool printsMeanwhile, Func<IProgress<int>?, T> work)
    {
        bool show = Terminal.ErrorIsTerminal && !Quiet && total > 1 && !(printsMeanwhile && Terminal.OutIsTerminal);
        return show ? Terminal.ShowProgress(title, total, work) : work(null);
    }
}

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    private readonly Option<int> _threads = new("--threads")
    {
        Description = "Threads to compute on; by default the processors that this process may use",
        HelpName = "N",
        Recursive = true,
        CustomParser = OptionRules.AtLeast(1),
    };

    private readonly Option<SimdPath> _isa = new("--isa")
    {
        Description = $"Vector width: {SimdDispatch.Names}",
        HelpName = "ISA",
        Recursive = true,
        CustomParser = result =>
        {
            if (!SimdDispatch.TryParse(result.Tokens[0].Value, out SimdPath path))
                result.AddError($"--isa '{result.Tokens[0].Value}' is unknown; expected {SimdDispatch.Names}");
            return path;
        },
    };

    private readonly Option<Precision> _precision = new("--precision")
    {
        Description = "Algorithms: fast (the default, with Winograd's convolutions) or exact",
        HelpName = "fast|exact",
        Recursive = true,
        CustomParser = OptionRules.NameOf<Precision>(),
    };

    private readonly Option<bool> _quiet = new("--quiet") { Description = "No progress bar, no warnings", Recursive = true };

    private readonly Option<bool> _verbose = new("--verbose")
    {
        Description = "Say more on the error stream; failures with their stack",
        Recursive = true,
    };

    public void AddTo(RootCommand root)
    {
        root.Add(_threads);
        root.Add(_isa);
        root.Add(_precision);
        root.Add(_quiet);
        root.Add(_verbose);
    }

    public bool IsVerbose(ParseResult arguments) => arguments.GetValue(_verbose);

    public Session StartSession(ParseResult arguments, Terminal terminal, CancellationToken cancellation)
    {
        ExecutionOptions execution = new()
        {
            Threads = arguments.GetValue(_threads),
            Simd = arguments.GetValue(_isa),
            Precision = arguments.GetValue(_precision),
        };
        SimdDispatch.Resolve(execution.Simd); // now rather than in the first kernel
        return new Session(terminal, execution, arguments.GetValue(_quiet), IsVerbose(arguments), cancellation);
    }
}
