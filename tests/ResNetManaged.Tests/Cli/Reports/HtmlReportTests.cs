using System.Text.RegularExpressions;
using NUnit.Framework;
using ResNetManaged.Cli.Reports;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training;

namespace ResNetManaged.Tests.Cli.Reports;

public sealed partial class HtmlReportTests
{
    private const string Evil = "<script>alert('1')</script>&\"x\"";

    private static readonly RunReport Report = new()
    {
        Title = $"Fine-tuning {Evil}",
        Epochs = [Epoch(1, 0.5), Epoch(2, 0.75), Epoch(3, 0.7)],
        BestEpoch = 2,
        ClassNames = ["cat", Evil, "owl"],
        Confusion = [7, 1, 0, 0, 5, 0, 2, 0, 2],
        Mistakes = [new Mistake(Evil, ColoredImages.Create(1, 12, seed: 3), 2, 0, 0.875)],
        Settings = [("data", Evil)],
        Timings = [("features", 12.34), ("training", 200)],
    };

    private static readonly string Html = HtmlReport.Compose(Report);

    [Test]
    public void ItIsOneFileWithoutScripts()
    {
        Assert.That(Html, Does.Not.Contain("<script").And.Not.Contain("http:").And.Not.Contain("https:").And.Not.Contain("@import").And.Not.Contain("url("));
        Assert.That(Sources().Matches(Html).Select(match => match.Groups[1].Value), Is.All.StartsWith("data:image/png;base64,"));
        Assert.That(Html, Does.Contain("prefers-color-scheme: dark"));
    }

    [Test]
    public void NamesAreEscaped()
    {
        Assert.That(Html, Does.Not.Contain("alert('1')"));
        Assert.That(Regex.Count(Html, Regex.Escape("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;x&quot;")), Is.GreaterThanOrEqualTo(8));
    }

    [Test]
    public void TheFiguresAreThoseOfTheKeptEpoch() =>
        Assert.That(Html, Does.Contain("<dt>validation accuracy</dt><dd>75.0 %</dd>").And.Contain("<dd>2 of 3</dd>").And.Contain("<dt>time</dt><dd>00:03:32</dd>"));

    [Test]
    public void EachClassHasItsAccuracy() => Assert.That(Html,
        Does.Contain("<tr><th>cat</th><td>8</td><td>7</td><td>87.5 %</td>").And.Contain("<tr><th>owl</th><td>4</td><td>2</td><td>50.0 %</td>"));

    [Test]
    public void TheConfusionMatrixHasAllCells()
    {
        int[] cells = [.. Cells().Matches(Html).Select(match => int.Parse(match.Groups[1].Value, null))];
        Assert.That(cells, Is.EqualTo(Report.Confusion));
        Assert.That(Html, Does.Contain("style=\"--share:0.875\" title=\"cat taken for cat\""));
    }

    [Test]
    public void ManyClassesShowTheirMostFrequentMistakes()
    {
        int[] confusion = new int[40 * 40];
        (confusion[0], confusion[3 * 40 + 5], confusion[7 * 40 + 2]) = (9, 1, 4);
        string html = HtmlReport.Compose(Report with { ClassNames = [.. Enumerable.Range(0, 40).Select(i => $"class {i}")], Confusion = confusion, Mistakes = [] });
        Assert.That(html, Does.Contain("<tr><td>4</td><th>class 7</th><th>class 2</th></tr><tr><td>1</td><th>class 3</th><th>class 5</th></tr></table>"));
        Assert.That(html, Does.Not.Contain("class=\"matrix\""));
    }

    [Test]
    public void AMistakeShowsItsPicture()
    {
        string data = Sources().Match(Html).Groups[1].Value["data:image/png;base64,".Length..];
        RgbImage shown = ImageFile.Load(Convert.FromBase64String(data));
        Assert.That(shown.Pixels.ToArray(), Is.EqualTo(Report.Mistakes[0].Picture.Pixels.ToArray()));
        Assert.That(Html, Does.Contain("owl, taken for <b>cat</b> (87.5 %)"));
    }

    [Test]
    public void WithoutValidationTheReportHasOnlyCurves()
    {
        TrainingRecord[] epochs = [Epoch(1, null), Epoch(2, null)];
        string html = HtmlReport.Compose(Report with { Epochs = epochs, Confusion = [], Mistakes = [] });
        Assert.That(html, Does.Contain("<svg").And.Not.Contain("matrix\"").And.Not.Contain("validation"));
    }

    [Test]
    public void ARunStoppedBeforeItsFirstEpochHasAReport() =>
        Assert.That(HtmlReport.Compose(Report with { Epochs = [] }), Does.Not.Contain("<svg").And.Contain("</html>"));

    private static TrainingRecord Epoch(int number, double? accuracy) => new()
    {
        Epoch = number,
        Step = 10 * number,
        TrainLoss = 1.0 / number,
        TrainAccuracy = 0.9,
        ValidationAccuracy = accuracy,
        ValidationLoss = 1 - accuracy,
        LearningRate = 0.1,
        ImagesPerSecond = 100,
        Seconds = number,
    };

    [GeneratedRegex("src=\"([^\"]*)\"")]
    private static partial Regex Sources();

    [GeneratedRegex("<td class=\"(?:right|wrong)\"[^>]*>([0-9]+)</td>")]
    private static partial Regex Cells();
}
