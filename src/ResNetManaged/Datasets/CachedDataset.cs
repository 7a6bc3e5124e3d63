using ResNetManaged.Preprocessing;

namespace ResNetManaged.Datasets;

/// <summary>Keeps decoded images in memory, up to a number of bytes.</summary>
internal sealed class CachedDataset(ImageDataset images, long maxBytes) : ImageDataset
{
    private readonly RgbImage?[] _kept = new RgbImage?[images.Count];
    private long _bytes;

    public override string Name => images.Name;

    public override int Count => images.Count;

    public override IReadOnlyList<string> ClassNames => images.ClassNames;

    internal override IReadOnlyList<string> Notes => images.Notes;

    public override int LabelOf(int index) => images.LabelOf(index);

    public override string NameOf(int index) => images.NameOf(index);

    public override string VersionOf(int index) => images.VersionOf(index);

    public override RgbImage Load(int index)
    {
        if (Volatile.Read(ref _kept[index]) is { } kept) return kept.Clone();
        RgbImage image = images.Load(index);
        int bytes = image.Pixels.Length;
        if (Interlocked.Add(ref _bytes, bytes) > maxBytes || Interlocked.CompareExchange(ref _kept[index], image.Clone(), null) is not null)
            Interlocked.Add(ref _bytes, -bytes); // no room, or another thread kept it meanwhile
        return image;
    }
}
