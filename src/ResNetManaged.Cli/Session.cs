using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Options;
using ResNetManaged.Cli.Output;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Cli;

/// <summary>The context of a command: the terminal, the global options, and cancellation.</summary>
internal sealed record Session(Terminal Terminal, ExecutionOptions Execution, bool Quiet, bool Verbose, CancellationToken Cancellation)
{
    public TextWriter Out => Terminal.Out;

    /// <summary>The vector width in use, as the command line spells it.</summary>
    public string Isa => SimdDispatch.NameOf(SimdDispatch.Resolve(Execution.Simd));

    /// <summary>The precision in use, as the command line spells it.</summary>
    public string Precision => OptionRules.NameOf(Execution.Precision);

    /// <summary>Reports an image that could not be used; the command continues.</summary>
    public void ReportImage(string name, Exception exception)
    {
        ReportImage(name, ErrorText.ReasonOf(exception));
        if (Verbose) Terminal.WriteError(exception.ToString());
    }

    /// <summary>Reports an image for a reason that is known from an earlier run.</summary>
    public void ReportImage(string name, string reason) => Terminal.WriteError($"error: {ErrorText.OneLine(name)}: {reason}");

    /// <summary>Writes a warning to the error stream, unless <c>--quiet</c>.</summary>
    public void Warn(string message)
    {
        if (!Quiet) Terminal.WriteError($"warning: {message}");
    }

    /// <summary>Writes a detail to the error stream if <c>--verbose</c>.</summary>
    public void Note(FormattableString text)
    {
        if (Verbose) Terminal.WriteError(FormattableString.Invariant(text));
    }

    /// <summary>Does long work, with a progress bar if the error stream is a terminal and the bar does not disturb the results.</summary>
    /// <param name="title">The bar's title.</param>
    /// <param name="total">The number of items.</param>
    /// <param name="printsMeanwhile">Whether results are printed during the work.</param>
    /// <param name="work">The work. It reports how many items are done; its argument is null without a bar.</param>
    public T WithProgress<T>(string title, int total, bool printsMeanwhile, Func<IProgress<int>?, T> work)
    {
        bool show = Terminal.ErrorIsTerminal && !Quiet && total > 1 && !(printsMeanwhile && Terminal.OutIsTerminal);
        return show ? Terminal.ShowProgress(title, total, work) : work(null);
    }
}
