using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;
using ResNetManaged.Cli.Reports;

namespace ResNetManaged.Tests.Cli.Reports;

public sealed class LineChartTests
{
    [TestCase(0, 1, 0, 1, 0.2)]
    [TestCase(0.03, 2.31, 0, 2.5, 0.5)]
    [TestCase(91.2, 93.9, 91, 94, 1)]
    [TestCase(-3, -1, -3, -1, 0.5)]
    [TestCase(5, 5, 5, 6, 1)]
    [TestCase(0, 0, 0, 2e-10, 2e-10)]
    public void GridLinesAreRoundNumbersAroundTheValues(double smallest, double largest, double from, double to, double step)
    {
        (double From, double To, double Step) scale = LineChart.Scale(smallest, largest);
        Assert.That((scale.From, scale.To, scale.Step), Is.EqualTo((from, to, step)).Within(1e-12));
    }

    [Test]
    public void EachEpochHasAPointWithItsValue()
    {
        XElement svg = XElement.Parse(Chart(0.5, 0.25, 1).ToSvg());
        XElement[] points = [.. svg.Elements("circle")];
        Assert.That(points.Select(point => point.Value), Is.EqualTo(new[] { "a & b, epoch 1: 0.5", "a & b, epoch 2: 0.25", "a & b, epoch 3: 1" }));
        double[] heights = [.. points.Select(point => (double)point.Attribute("cy")!)];
        Assert.That(heights[1], Is.GreaterThan(heights[0]), "y grows downward");
        Assert.That(heights[2], Is.LessThan(heights[0]));
        Assert.That(points.Select(point => (double)point.Attribute("cx")!), Is.Ordered);
    }

    [Test]
    public void ValuesThatAreNotFiniteLeaveGaps()
    {
        string path = (string)XElement.Parse(Chart(1, 2, double.NaN, double.PositiveInfinity, 3, 2).ToSvg()).Element("path")!.Attribute("d")!;
        Assert.That(Regex.Replace(path, "[0-9. ]", ""), Is.EqualTo("MLML"));
    }

    [Test]
    public void AChartWithoutValuesIsEmpty()
    {
        Assert.That(Chart().ToSvg(), Is.Empty);
        Assert.That(Chart(double.NaN).ToSvg(), Is.Empty);
    }

    [TestCase(1)]
    [TestCase(7)]
    [TestCase(1000)]
    public void FewEpochsAreLabeled(int epochs)
    {
        XElement svg = XElement.Parse(Chart([.. Enumerable.Range(0, epochs).Select(i => (double)i)]).ToSvg());
        int[] labels = [.. svg.Elements("text").Where(text => ((string)text.Attribute("class")!).Contains("mid")).Select(text => (int)text)];
        Assert.That(labels, Is.Not.Empty.And.All.InRange(1, epochs));
        Assert.That(labels, Has.Length.LessThanOrEqualTo(10));
    }

    private static LineChart Chart(params double[] values) => new("Loss", [new ChartLine("a & b", "train", values)], "0.####");
}
