using System.Text;
using Spectre.Console;

namespace ResNetManaged.Cli.Output;

/// <summary>Where a command reads and writes: results to <see cref="Out"/>, everything else to the error stream.</summary>
internal sealed class Terminal(TextWriter output, TextWriter error, Func<Stream> openInput)
{
    private const int AnyWidth = 10_000; // more than any row takes

    private IAnsiConsole? _live; // while a progress bar is shown, lines go above it

    public TextWriter Out { get; } = output;

    /// <summary>Opens standard input.</summary>
    public Func<Stream> OpenInput { get; } = openInput;

    /// <summary>Whether people watch the error stream.</summary>
    public bool ErrorIsTerminal { get; private init; }

    /// <summary>Whether people watch the results appear.</summary>
    public bool OutIsTerminal { get; private init; }

    public static Terminal OfProcess() => new(OpenOutput(), Console.Error, Console.OpenStandardInput)
    {
        ErrorIsTerminal = !Console.IsErrorRedirected,
        OutIsTerminal = !Console.IsOutputRedirected,
    };

    public void WriteError(string line)
    {
        if (_live is null) error.WriteLine(line);
        else _live.WriteLine(line);
    }

    /// <summary>Writes a table among the results: plain columns, a line a row however long, since wrapped cells cannot be read.</summary>
    public void WriteTable(Table table)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(Out),
        });
        console.Profile.Width = AnyWidth;
        console.Write(table.NoBorder());
    }

    /// <summary>Shows a progress bar on the error stream while <paramref name="work"/> runs, which reports how many of all are done.</summary>
    public T ShowProgress<T>(string title, int total, Func<IProgress<int>, T> work) => ShowProgress(title, total, (Bar bar) => work(bar));

    /// <summary>Shows a progress bar on the error stream while <paramref name="work"/> runs, which says what is done and what else there is to say.</summary>
    public T ShowProgress<T>(string title, double total, Func<IBar, T> work) => ShowProgress(title, total, (Bar bar) => work(bar));

    private T ShowProgress<T>(string title, double total, Func<Bar, T> work)
    {
        _live = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        try
        {
            return _live.Progress().AutoClear(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .Start(context =>
                {
                    ProgressTask task = context.AddTask(Markup.Escape(title), maxValue: total);
                    return work(new Bar(task));
                });
        }
        finally
        {
            _live = null;
        }
    }

    /// <summary>UTF-8 without a byte order mark, line feeds only, and buffered: commands flush where a reader waits.</summary>
    private static StreamWriter OpenOutput() =>
        new(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };

    /// <summary>A progress bar with words before it.</summary>
    public interface IBar
    {
        /// <summary>Shows how much of all is done.</summary>
        void Show(double done, double total, string text);
    }

    private sealed class Bar(ProgressTask task) : IProgress<int>, IBar
    {
        public void Report(int value) => task.Value = value;

        public void Show(double done, double total, string text)
        {
            task.MaxValue = total;
            task.Value = done;
            task.Description = Markup.Escape(text);
        }
    }
}
