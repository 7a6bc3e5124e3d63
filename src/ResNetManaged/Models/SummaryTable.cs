using System.Globalization;
using System.Text;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;

namespace ResNetManaged.Models;

/// <summary>Formats a <see cref="ModelSummary"/> as torchinfo does.</summary>
internal sealed class SummaryTable(ModelSummary summary)
{
    private const int MinNameWidth = 40;
    private const int NameWidthStep = 5;
    private const int ColumnWidth = 25;
    private const int Indentation = 5;
    private const double Mega = 1e6, Giga = 1e9, Tera = 1e12;

    private readonly StringBuilder _text = new();
    private readonly int _nameWidth = NameWidth(summary.Rows);

    public override string ToString()
    {
        _text.Clear();
        Rule();
        Columns("Layer (type:depth-idx)", "Output Shape", "Param #");
        Rule();
        foreach (SummaryRow row in summary.Rows.Where(row => row.Depth <= summary.Depth))
            Columns(Prefix(row.Depth) + row.Title, row.OutputShape.ToString(), Parameters(row));
        Rule();
        Line($"Total params: {summary.TotalParameters:N0}");
        Line($"Trainable params: {summary.TrainableParameters:N0}");
        Line($"Non-trainable params: {summary.TotalParameters - summary.TrainableParameters:N0}");
        Line($"Total mult-adds {WithUnit(summary.MultiplyAdds)}");
        Rule();
        double inputBytes = summary.InputShape.ElementCount * (double)sizeof(float);
        double outputBytes = summary.OutputBytes * 2; // once forward, once backward
        Size("Input size", inputBytes);
        Size("Forward/backward pass size", outputBytes);
        Size("Params size", summary.ExecutedParameterBytes);
        Size("Estimated Total Size", inputBytes + outputBytes + summary.ExecutedParameterBytes);
        Rule();
        return _text.ToString(0, _text.Length - 1);
    }

    /// <summary>Wide enough for the longest title at its depth, including hidden rows, rounded up to a step.</summary>
    private static int NameWidth(IReadOnlyList<SummaryRow> rows)
    {
        int longest = rows.Max(row => row.Title.Length + Indentation * row.Depth + 1);
        return longest < MinNameWidth ? MinNameWidth : Sizes.RoundUp(longest, NameWidthStep);
    }

    private static string Prefix(int depth) => depth switch
    {
        0 => "",
        1 => "├─",
        _ => string.Concat(Enumerable.Repeat("│    ", depth - 1)) + "└─",
    };

    /// <summary>A container's parameters are shown in the rows below it, unless those are hidden.</summary>
    private string Parameters(SummaryRow row)
    {
        if (row.ParameterCount == 0 || (!row.IsLeaf && row.Depth < summary.Depth)) return "--";
        return row.IsRepeated ? "(recursive)" : row.ParameterCount.ToString("N0", CultureInfo.InvariantCulture);
    }

    private static string WithUnit(long multiplyAdds) => multiplyAdds switch
    {
        >= (long)Tera => $"(T): {PythonFormat.TwoDecimals(multiplyAdds / Tera)}",
        >= (long)Giga => $"(G): {PythonFormat.TwoDecimals(multiplyAdds / Giga)}",
        _ => $"(M): {PythonFormat.TwoDecimals(multiplyAdds / Mega)}",
    };

    private void Size(string name, double bytes) => Line($"{name} (MB): {PythonFormat.TwoDecimals(bytes / Mega)}");

    private void Columns(string name, string shape, string parameters) =>
        Line($"{name.PadRight(_nameWidth)} {shape.PadRight(ColumnWidth)} {parameters}");

    private void Rule() => _text.Append('=', _nameWidth + 2 * ColumnWidth).Append('\n');

    private void Line(FormattableString line) => _text.Append(line.ToString(CultureInfo.InvariantCulture).TrimEnd()).Append('\n');
}
