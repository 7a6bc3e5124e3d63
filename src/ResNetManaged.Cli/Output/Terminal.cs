using System.Text;
using Spectre.Console;

namespace ResNetManaged.Cli.Output;

/// <summary>The command's streams: results go to <see cref="Out"/>, everything else to the error stream.</summary>
internal sealed class Terminal(TextWriter output, TextWriter error, Func<Stream> openInput)
{
    private const int AnyWidth = 10_000; // wider than any row

    private IAnsiConsole? _live; // set while a progress bar is shown: lines then go above it

    public TextWriter Out { get; } = output;

    /// <summary>Opens standard input.</summary>
    public Func<Stream> OpenInput { get; } = openInput;

    /// <summary>Whether the error stream is a terminal.</summary>
    public bool ErrorIsTerminal { get; private init; }

    /// <summary>Whether standard output is a terminal.</summary>
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

    /// <summary>Writes a table to standard output in plain columns, one line per row: wrapped cells would be unreadable.</summary>
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

    /// <summary>Shows a progress bar on the error stream while <paramref name="work"/> runs and reports how many items are done.</summary>
    public T ShowProgress<T>(string title, int total, Func<IProgress<int>, T> work) => ShowProgress(title, total, (Bar bar) => work(bar));

    /// <summary>Shows a progress bar with a text on the error stream while <paramref name="work"/> runs and updates both.</summary>
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

    /// <summary>UTF-8 without a byte order mark, line feeds only, buffered; commands flush when a reader may be waiting.</summary>
    private static StreamWriter OpenOutput() =>
        new(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };

    /// <summary>A progress bar with a text.</summary>
    public interface IBar
    {
        /// <summary>Shows how much is done, and the text.</summary>
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
