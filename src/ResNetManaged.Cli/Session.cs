using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
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
