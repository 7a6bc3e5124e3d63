using System.Globalization;
using System.Net;
using System.Text;
using ResNetManaged.Imaging;
using ResNetManaged.Tensors.IO;
using ResNetManaged.Training;

namespace ResNetManaged.Cli.Reports;

/// <summary>Writes a report as one self-contained HTML file: no scripts, and no fonts or images to load.</summary>
internal sealed class HtmlReport
{
    private const int MostClassesInMatrix = 30;
    private const int PairsShown = 20;

    private readonly RunReport _report;
    private readonly StringBuilder _html = new();

    private HtmlReport(RunReport report) => _report = report;

    /// <summary>Writes the file atomically.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, RunReport report)
    {
        byte[] content = Encoding.UTF8.GetBytes(Compose(report));
        AtomicFile.Write(path, stream => stream.Write(content));
    }

    /// <summary>The file's text.</summary>
    public static string Compose(RunReport report)
    {
        HtmlReport html = new(report);
        html.Append();
        return html._html.ToString();
    }

    private void Append()
    {
        Add($"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
        Add($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">");
        Add($"<title>{Escape(_report.Title)}</title><style>{HtmlStyle.Sheet}</style></head><body><h1>{Escape(_report.Title)}</h1>\n");
        AddFigures();
        AddCharts();
        if (_report.Confusion.Count > 0)
        {
            AddClasses();
            AddConfusion();
        }
        AddMistakes();
        AddTable("Settings", _report.Settings);
        AddTable("Timings", [.. _report.Timings.Select(timing => (timing.Name, Seconds(timing.Seconds)))]);
        Add($"</body></html>\n");
    }

    private void AddFigures()
    {
        if (_report.Best is not { } best) return;
        Add($"<dl class=\"figures\">");
        if (best.ValidationAccuracy is double accuracy) AddFigure("validation accuracy", Percent(accuracy));
        if (best.ValidationLoss is double loss) AddFigure("validation loss", loss.ToString("F4", CultureInfo.InvariantCulture));
        AddFigure("training accuracy", Percent(best.TrainAccuracy));
        AddFigure("weights of epoch", Invariant($"{best.Epoch} of {_report.Epochs.Count}"));
        AddFigure("time", Seconds(_report.Timings.Count > 0 ? _report.Timings.Sum(timing => timing.Seconds) : _report.Epochs[^1].Seconds));
        Add($"</dl>\n");
    }

    private void AddFigure(string name, string value) => Add($"<div><dt>{name}</dt><dd>{value}</dd></div>");

    private void AddCharts()
    {
        Add($"<section class=\"charts\">");
        AddChart(new LineChart("Loss", Lines(record => record.TrainLoss, record => record.ValidationLoss), "0.####"));
        AddChart(new LineChart("Accuracy", Lines(record => record.TrainAccuracy, record => record.ValidationAccuracy), "0.## %"));
        AddChart(new LineChart("Learning rate", [new("learning rate", "train", [.. _report.Epochs.Select(record => record.LearningRate)])], "0.####e0"));
        Add($"</section>\n");
    }

    private List<ChartLine> Lines(Func<TrainingRecord, double> training, Func<TrainingRecord, double?> validation)
    {
        List<ChartLine> lines = [new("training", "train", [.. _report.Epochs.Select(training)])];
        if (_report.Epochs.Any(record => validation(record) is not null))
            lines.Add(new("validation", "valid", [.. _report.Epochs.Select(record => validation(record) ?? double.NaN)]));
        return lines;
    }

    private void AddChart(LineChart chart)
    {
        string svg = _report.Epochs.Count == 0 ? "" : chart.ToSvg();
        if (svg.Length == 0) return;
        string legend = chart.Lines.Count == 1 ? "" : string.Concat(chart.Lines.Select(line => $"<span class=\"key {line.Style}\">{line.Name}</span>"));
        Add($"<figure><figcaption>{chart.Title}{legend}</figcaption>{svg}</figure>");
    }

    private void AddClasses()
    {
        Add($"<h2>Classes</h2><table><tr><th>class</th><th>images</th><th>right</th><th>accuracy</th><th></th></tr>");
        for (int actual = 0; actual < _report.ClassNames.Count; actual++)
        {
            int images = _report.ImagesOf(actual), right = _report.Confused(actual, actual);
            string accuracy = images == 0 ? "" : Percent((double)right / images);
            double share = images == 0 ? 0 : 100.0 * right / images;
            Add($"<tr><th>{NameOf(actual)}</th><td>{images}</td><td>{right}</td><td>{accuracy}</td>");
            Add($"<td class=\"bar\"><i style=\"width:{share:F1}%\"></i></td></tr>");
        }
        Add($"</table>\n");
    }

    private void AddConfusion()
    {
        if (_report.ClassNames.Count > MostClassesInMatrix)
        {
            AddPairs();
            return;
        }
        int[] classes = [.. Enumerable.Range(0, _report.ClassNames.Count)];
        Add($"<h2>Confusion matrix</h2><p>One row per label, one column per predicted class.</p>");
        Add($"<div class=\"wide\"><table class=\"matrix\"><tr><th></th>");
        foreach (int predicted in classes) Add($"<th class=\"column\"><span>{NameOf(predicted)}</span></th>");
        Add($"</tr>");
        foreach (int actual in classes)
        {
            int images = Math.Max(1, _report.ImagesOf(actual));
            Add($"<tr><th>{NameOf(actual)}</th>");
            foreach (int predicted in classes)
            {
                int count = _report.Confused(actual, predicted);
                string kind = actual == predicted ? "right" : "wrong";
                Add($"<td class=\"{kind}\" style=\"--share:{(double)count / images:F3}\" title=\"{NameOf(actual)} taken for {NameOf(predicted)}\">");
                Add($"{count}</td>");
            }
            Add($"</tr>");
        }
        Add($"</table></div>\n");
    }

    private void AddPairs()
    {
        int classes = _report.ClassNames.Count;
        IEnumerable<int> worst = Enumerable.Range(0, classes * classes).Where(cell => cell / classes != cell % classes && _report.Confusion[cell] > 0)
            .OrderByDescending(cell => _report.Confusion[cell]).ThenBy(cell => cell).Take(PairsShown);
        Add($"<h2>Most frequent mistakes</h2><table><tr><th>images</th><th>label</th><th>taken for</th></tr>");
        foreach (int cell in worst) Add($"<tr><td>{_report.Confusion[cell]}</td><th>{NameOf(cell / classes)}</th><th>{NameOf(cell % classes)}</th></tr>");
        Add($"</table>\n");
    }

    private void AddMistakes()
    {
        if (_report.Mistakes.Count == 0) return;
        Add($"<h2>Worst mistakes</h2><section class=\"gallery\">");
        foreach (Mistake mistake in _report.Mistakes)
        {
            string picture = Convert.ToBase64String(ImageFile.EncodePng(mistake.Picture));
            Add($"<figure><img alt=\"{NameOf(mistake.Actual)}\" src=\"data:image/png;base64,{picture}\">");
            Add($"<figcaption>{NameOf(mistake.Actual)}, taken for <b>{NameOf(mistake.Predicted)}</b> ({Percent(mistake.Probability)})");
            Add($"<small>{Escape(mistake.Name)}</small></figcaption></figure>");
        }
        Add($"</section>\n");
    }

    private void AddTable(string title, IReadOnlyList<(string Name, string Value)> rows)
    {
        if (rows.Count == 0) return;
        Add($"<h2>{title}</h2><table>");
        foreach ((string name, string value) in rows) Add($"<tr><th>{Escape(name)}</th><td class=\"text\">{Escape(value)}</td></tr>");
        Add($"</table>\n");
    }

    private string NameOf(int label) => Escape(_report.ClassNames[label]);

    private void Add(FormattableString text) => _html.Append(Invariant(text));

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) => seconds < 100 ? Invariant($"{seconds:F1} s") : TimeSpan.FromSeconds(Math.Round(seconds)).ToString("c");

    /// <summary>Escapes text for HTML: names come from files and may contain anything.</summary>
    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
