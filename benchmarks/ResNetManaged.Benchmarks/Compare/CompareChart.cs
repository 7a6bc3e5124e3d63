using System.Globalization;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace ResNetManaged.Benchmarks.Compare;

/// <summary>Results as a bar chart: the time of one image, with a group of bars for each network.</summary>
internal static class CompareChart
{
    private const double Width = 860, HeightOfGroup = 62, HeightOfRest = 120;

    /// <summary>A font whose character widths the exporter knows.</summary>
    private const string Font = "Arial";

    private static readonly OxyColor[] Colors =
    [
        OxyColor.FromRgb(0x1f, 0x6f, 0xd1), OxyColor.FromRgb(0x8d, 0x99, 0xa6), OxyColor.FromRgb(0xe0, 0x8e, 0x45),
    ];

    /// <summary>The chart as an SVG document: the networks with images of 224 x 224, on the number of threads with most valid rows.</summary>
    /// <exception cref="ArgumentException">There is no valid row of one image.</exception>
    public static string Write(CompareResults results)
    {
        CompareRow[] rows = results.Rows
            .Where(row => row is { Valid: true, Batch: 1 } && !row.Model.StartsWith("cifar_", StringComparison.Ordinal))
            .GroupBy(row => row.Threads)
            .OrderBy(group => group.Count()).ThenBy(group => group.Key)
            .LastOrDefault()?.ToArray() ?? throw new ArgumentException("The results have no valid row of one image to draw.");

        PlotModel model = new()
        {
            Title = $"Time of one image, 3 x 224 x 224, {rows[0].Threads} thread{(rows[0].Threads == 1 ? "" : "s")}",
            Subtitle = $"{results.Machine.Cpu}, {results.Date:yyyy-MM-dd}",
            DefaultFont = Font,
            Padding = new OxyThickness(left: 24, top: 16, right: 24, bottom: 8),
            Background = OxyColors.White, // also on dark pages
            PlotAreaBorderThickness = new OxyThickness(0),
            Culture = CultureInfo.InvariantCulture,
        };
        // The first network is at the top, and within it the first library.
        CategoryAxis names = new() { Position = AxisPosition.Left, StartPosition = 1, EndPosition = 0, GapWidth = 0.35, TickStyle = TickStyle.None };
        names.Labels.AddRange(rows.Select(row => row.Model));
        model.Axes.Add(names);
        model.Axes.Add(new LinearAxis
        {
            Position = AxisPosition.Bottom,
            Title = "milliseconds; shorter is faster",
            Minimum = 0,
            MaximumPadding = 0.08, // for the label of the longest bar
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = OxyColor.FromRgb(0xe5, 0xe8, 0xeb),
            TickStyle = TickStyle.None,
        });
        foreach ((Contender contender, OxyColor color) in Contender.All.Zip(Colors))
        {
            if (!results.Versions.TryGetValue(contender.Key, out string? version)) continue;
            model.Series.Add(Bars($"{contender.Name} {version.Split('+')[0]}", color, rows, contender.Key));
        }
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.RightTop, LegendPlacement = LegendPlacement.Inside, LegendMargin = 16 });
        return new SvgExporter
        {
            Width = Width,
            Height = HeightOfRest + HeightOfGroup * rows.Length,
            UseVerticalTextAlignmentWorkaround = true, // few viewers support dominant-baseline
            TextMeasurer = new Measurer(),
        }.ExportToString(model) + "\n";
    }

    private static BarSeries Bars(string title, OxyColor color, CompareRow[] rows, string key)
    {
        BarSeries bars = new()
        {
            Title = title,
            FillColor = color,
            StrokeThickness = 0,
            LabelFormatString = "{0:0.0}",
            LabelPlacement = LabelPlacement.Outside,
        };
        bars.Items.AddRange(rows.Select((row, i) => new BarItem(row.Runtimes[key].Median, i)));
        return bars;
    }

    /// <summary>The exporter's own measurement mistakes pixels for points, so it reports text a quarter smaller than drawn.</summary>
    private sealed class Measurer() : PdfRenderContext(Width, Width, OxyColors.White)
    {
        private const double PixelsPerPoint = 96.0 / 72;

        public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
        {
            OxySize size = base.MeasureText(text, fontFamily, fontSize, fontWeight);
            return new OxySize(size.Width * PixelsPerPoint, size.Height * PixelsPerPoint);
        }
    }
}
