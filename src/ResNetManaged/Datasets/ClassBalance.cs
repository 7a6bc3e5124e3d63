using System.Globalization;
using System.Text;

namespace ResNetManaged.Datasets;

/// <summary>The number of items in each class.</summary>
public sealed class ClassBalance
{
    private readonly LabeledData _data;
    private readonly int[] _counts;

    private ClassBalance(LabeledData data, int[] counts) => (_data, _counts) = (data, counts);

    /// <summary>The number of items of each class, by label.</summary>
    public IReadOnlyList<int> Counts => _counts;

    /// <summary>The size of the largest class divided by that of the smallest: 1 if all are equal, infinite if one is empty.</summary>
    internal double Imbalance => (double)_counts.Max() / _counts.Min();

    /// <summary>Counts a dataset's items.</summary>
    /// <param name="data">The data.</param>
    /// <returns>The counts.</returns>
    public static ClassBalance Of(LabeledData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        int[] counts = new int[data.ClassNames.Count];
        for (int i = 0; i < data.Count; i++) counts[data.LabelOf(i)]++;
        return new ClassBalance(data, counts);
    }

    /// <summary>One line per class, with its name and count, and one for the imbalance.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        int width = _data.ClassNames.Max(name => name.Length);
        for (int label = 0; label < _counts.Length; label++)
            text.AppendLine(CultureInfo.InvariantCulture, $"{_data.ClassNames[label].PadRight(width)}  {_counts[label]}");
        return text.Append(CultureInfo.InvariantCulture, $"largest / smallest  {Imbalance:0.##}").ToString();
    }
}
