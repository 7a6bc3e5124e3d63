using System.Globalization;
using System.Text;

namespace ResNetManaged.Tensors;

/// <summary>Formats a tensor exactly as PyTorch prints it, with PyTorch's default print options.</summary>
/// <remarks>
/// <code>
/// tensor([[0.1000, 1.2000],
///         [0.3000, 4.5000]])
/// </code>
/// All numbers shown share a notation and a width (<see cref="NumberStyle"/>). Above <see cref="Threshold"/> elements only the first and last
/// <see cref="EdgeItems"/> of each dimension are shown, and only these determine notation and width.
/// </remarks>
internal sealed class TensorFormatter
{
    private const int Threshold = 1000;
    private const int EdgeItems = 3;
    private const int LineWidth = 80;

    private readonly Tensor _tensor;
    private readonly bool _summarize;
    private readonly NumberStyle _style;
    private readonly StringBuilder _text = new();

    private TensorFormatter(Tensor tensor)
    {
        _tensor = tensor;
        _summarize = tensor.ElementCount > Threshold;
        List<float> shown = [];
        CollectShown(0, 0, shown);
        _style = NumberStyle.For(shown);
    }

    /// <summary>Formats a tensor.</summary>
    /// <param name="tensor">Any tensor.</param>
    /// <param name="prefix">The text before the numbers; its length indents the following lines.</param>
    /// <param name="suffix">
    /// The text after the numbers, such as <c>requires_grad=True</c>, separated by a comma; on its own line if it does not fit.
    /// </param>
    /// <returns>One or more lines separated by \n, including the closing parenthesis.</returns>
    public static string Format(Tensor tensor, string prefix = "tensor(", string suffix = "")
    {
        StringBuilder text = new(prefix);
        if (tensor.ElementCount == 0)
        {
            text.Append("[]");
            if (tensor.Rank != 1) AppendSuffix(text, $"size=({string.Join(", ", tensor.Shape)})", prefix.Length);
        }
        else
        {
            TensorFormatter formatter = new(tensor);
            formatter.AppendDimension(0, 0, prefix.Length);
            text.Append(formatter._text);
        }
        if (suffix.Length > 0) AppendSuffix(text, suffix, prefix.Length);
        return text.Append(')').ToString();
    }

    private static void AppendSuffix(StringBuilder text, string suffix, int indent)
    {
        string soFar = text.ToString();
        int lastLineLength = soFar.Length - soFar.LastIndexOf('\n') + 1; // PyTorch counts two more characters than the line has
        bool fits = lastLineLength + ", ".Length + suffix.Length <= LineWidth;
        text.Append(fits ? ", " : ",\n" + new string(' ', indent)).Append(suffix);
    }

    private void AppendDimension(int dimension, int offset, int indent)
    {
        switch (_tensor.Rank - dimension)
        {
            case 0: _text.Append(_style.Format(_tensor.ReadOnlySpan[offset])); break;
            case 1: AppendRow(dimension, offset, indent); break;
            default: AppendSlices(dimension, offset, indent); break;
        }
    }

    /// <summary>The innermost dimension: as many numbers on a line as fit.</summary>
    private void AppendRow(int dimension, int offset, int indent)
    {
        const int SeparatorLength = 2;
        int perLine = Math.Max(1, (LineWidth - indent) / (_style.Width + SeparatorLength));
        int written = 0;
        _text.Append('[');
        foreach (int? index in ShownIndices(dimension))
        {
            if (written > 0) _text.Append(',').Append(written % perLine == 0 ? NewLine(1, indent) : " ");
            _text.Append(index is int i ? _style.Format(_tensor.ReadOnlySpan[offset + i]) : " ...");
            written++;
        }
        _text.Append(']');
    }

    /// <summary>An outer dimension: one slice below the other, separated by one more line break for each further dimension inside.</summary>
    private void AppendSlices(int dimension, int offset, int indent)
    {
        int step = StepOf(dimension);
        string separator = "";
        _text.Append('[');
        foreach (int? index in ShownIndices(dimension))
        {
            _text.Append(separator);
            if (index is int i) AppendDimension(dimension + 1, offset + i * step, indent + 1);
            else _text.Append("...");
            separator = "," + NewLine(_tensor.Rank - dimension - 1, indent);
        }
        _text.Append(']');
    }

    private static string NewLine(int count, int indent) => new string('\n', count) + new string(' ', indent + 1);

    private void CollectShown(int dimension, int offset, List<float> shown)
    {
        if (dimension == _tensor.Rank)
        {
            shown.Add(_tensor.ReadOnlySpan[offset]);
            return;
        }
        foreach (int? index in ShownIndices(dimension))
        {
            if (index is int i) CollectShown(dimension + 1, offset + i * StepOf(dimension), shown);
        }
    }

    /// <summary>The indices of a dimension that are shown; null stands for those omitted.</summary>
    private IEnumerable<int?> ShownIndices(int dimension)
    {
        int size = _tensor.Shape[dimension];
        bool cut = _summarize && size > 2 * EdgeItems;
        for (int i = 0; i < size; i++)
        {
            if (cut && i == EdgeItems)
            {
                yield return null;
                i = size - EdgeItems;
            }
            yield return i;
        }
    }

    private int StepOf(int dimension)
    {
        int step = 1;
        foreach (int size in _tensor.Shape.Dimensions[(dimension + 1)..]) step *= size;
        return step;
    }

    /// <summary>The notation and width of a tensor's numbers, determined by the finite nonzero numbers among those shown.</summary>
    private readonly struct NumberStyle
    {
        private const string Fixed = "F4", Whole = "F0", Scientific = "e4"; // four decimals
        private const double LargestRatio = 1e3, LargestFixed = 1e8, SmallestFixed = 1e-4;

        private readonly string _notation;

        private NumberStyle(string notation, int width)
        {
            _notation = notation;
            Width = width;
        }

        /// <summary>The width to which numbers are padded; unmeasured ones (0, NaN, infinity) may be longer.</summary>
        public int Width { get; }

        public static NumberStyle For(List<float> shown)
        {
            List<float> measured = shown.FindAll(value => float.IsFinite(value) && value != 0);
            // PyTorch starts with a width of 1 although "0." takes 2, so a row of zeros breaks as if each were shorter.
            if (measured.Count == 0) return new NumberStyle(Whole, 1);

            double smallest = measured.Min(value => Math.Abs((double)value)), largest = measured.Max(value => Math.Abs((double)value));
            bool whole = measured.TrueForAll(float.IsInteger);
            bool scientific = largest / smallest > LargestRatio || largest > LargestFixed || (!whole && smallest < SmallestFixed);
            NumberStyle unpadded = new(scientific ? Scientific : whole ? Whole : Fixed, 1);
            return new NumberStyle(unpadded._notation, measured.Max(value => unpadded.Format(value).Length));
        }

        public string Format(float value) => Write(value).PadLeft(Width);

        private string Write(double value)
        {
            if (double.IsNaN(value)) return "nan";
            if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
            string digits = value.ToString(_notation, CultureInfo.InvariantCulture);
            return _notation switch
            {
                Whole => digits + ".", // the trailing point marks floating-point numbers
                Scientific => digits[..^3] + digits[^2..], // .NET writes e+005, PyTorch e+05; float32 stays below e+99
                _ => digits,
            };
        }
    }
}
