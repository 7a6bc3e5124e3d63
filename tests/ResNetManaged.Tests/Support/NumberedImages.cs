using ResNetManaged.Datasets;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Tests.Support;

/// <summary>Images of noise determined by their index; some of them may be unreadable.</summary>
internal sealed class NumberedImages(int[] labels, int side = 32, params int[] unreadable) : ImageDataset
{
    private int _loads;

    /// <summary>The number of images loaded.</summary>
    public int Loads => _loads;

    public override string Name => "numbered";

    public override int Count => labels.Length;

    public override IReadOnlyList<string> ClassNames { get; } = [.. Enumerable.Range(0, labels.Max() + 1).Select(label => $"class {label}")];

    public override int LabelOf(int index) => labels[index];

    public override RgbImage Load(int index)
    {
        Interlocked.Increment(ref _loads);
        if (unreadable.Contains(index)) throw new ImageException(NameOf(index), "it is damaged", null);
        RgbImage image = new(side, side);
        new Random(index).NextBytes(image.Pixels);
        return image;
    }

    /// <summary>Creates the given number of images of each class, class by class.</summary>
    public static NumberedImages Of(params int[] counts) => new([.. counts.SelectMany((count, label) => Enumerable.Repeat(label, count))]);
}
