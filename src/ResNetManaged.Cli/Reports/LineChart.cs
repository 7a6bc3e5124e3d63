using System.Globalization;
using System.Net;
using System.Text;

namespace ResNetManaged.Cli.Reports;

/// <summary>A line of a chart, one point per epoch; values that are not finite leave gaps.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Style">The class in the style sheet that colors it.</param>
/// <param name="Values">One value per epoch.</param>
internal sealed record ChartLine(string Name, string Style, IReadOnlyList<double> Values);

/// <summary>A chart as SVG for an HTML page: values over epochs 1, 2, ...; a point shows its value on hover.</summary>
/// <remarks>
/// OxyPlot.Core 2.2.0 was tried instead (November 2026): its assembly is not annotated for trimming, so publishing trimmed or ahead of time warns
/// (IL2104). Its SVG also fixes colors, which dark mode needs from the style sheet, and has no tooltips.
/// </remarks>
/// <param name="Title">The title.</param>
/// <param name="Lines">The lines, all of the same length.</param>
/// <param name="Format">The number format of values.</param>
internal sealed record LineChart(string Title, IReadOnlyList<ChartLine> Lines, string Format)
{
    private const int Width = 640, Height = 280;
    private const int Left = 64, Right = 16, Top = 16, Bottom = 36; // margins for the axes' numbers
    private const int Intervals = 5; // about this many between grid lines
    private const int MostPoints = 200; // with a circle each; longer runs have lines only

    private int Epochs => Lines.Max(line => line.Values.Count);

    public string ToSvg()
    {
        double[] values = [.. Lines.SelectMany(line => line.Values).Where(double.IsFinite)];
        if (values.Length == 0) return "";
        (double from, double to, double step) = Scale(values.Min(), values.Max());
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(Title)} over epochs\">");
        for (int i = 0; from + i * step <= to + step / 2; i++) AppendGridLine(svg, from + i * step, Y(from + i * step));
        int epochStep = Math.Max(1, (int)Math.Ceiling(Scale(0, Epochs).Step));
        for (int epoch = epochStep == 1 ? 1 : epochStep; epoch <= Epochs; epoch += epochStep)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(epoch):F1}\" y=\"{Height - 12}\" class=\"tick mid\">{epoch}</text>");
        foreach (ChartLine line in Lines) AppendLine(svg, line);
        return svg.Append("</svg>").ToString();

        double Y(double value) => Top + (to - value) / (to - from) * (Height - Top - Bottom);

        void AppendLine(StringBuilder text, ChartLine line)
        {
            text.Append(CultureInfo.InvariantCulture, $"<path class=\"{line.Style}\" d=\"");
            bool connected = false;
            for (int i = 0; i < line.Values.Count; i++)
            {
                bool known = double.IsFinite(line.Values[i]);
                if (known) text.Append(CultureInfo.InvariantCulture, $"{(connected ? 'L' : 'M')}{X(i + 1):F1} {Y(line.Values[i]):F1}");
                connected = known;
            }
            text.Append("\"/>");
            if (line.Values.Count > MostPoints) return;
            for (int i = 0; i < line.Values.Count; i++)
            {
                if (!double.IsFinite(line.Values[i])) continue;
                text.Append(CultureInfo.InvariantCulture, $"<circle class=\"{line.Style}\" cx=\"{X(i + 1):F1}\" cy=\"{Y(line.Values[i]):F1}\" r=\"2.5\">");
                text.Append(CultureInfo.InvariantCulture,
                    $"<title>{WebUtility.HtmlEncode(line.Name)}, epoch {i + 1}: {Text(line.Values[i])}</title></circle>");
            }
        }
    }

    private double X(int epoch) => Epochs == 1 ? (Left + Width - Right) / 2.0 : Left + (epoch - 1.0) / (Epochs - 1) * (Width - Left - Right);

    private void AppendGridLine(StringBuilder svg, double value, double y)
    {
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:F1}\" y2=\"{y:F1}\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 4:F1}\" class=\"tick end\">{Text(value)}</text>");
    }

    private string Text(double value) => value.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>A range extended to multiples of a step of 1, 2 or 5 times a power of ten.</summary>
    internal static (double From, double To, double Step) Scale(double smallest, double largest)
    {
        double range = largest > smallest ? largest - smallest : Math.Max(Math.Abs(largest), 1e-9);
        double power = Math.Pow(10, Math.Floor(Math.Log10(range / Intervals)));
        double step = power * ((range / Intervals / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        double from = Math.Floor(smallest / step) * step, to = Math.Ceiling(largest / step) * step;
        return (from, to > from ? to : from + step, step);
    }
}
