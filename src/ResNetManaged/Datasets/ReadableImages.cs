using ResNetManaged.Datasets.Batches;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Datasets;

/// <summary>The images of a dataset that can be read.</summary>
internal sealed class ReadableImages : ImageDataset
{
    private readonly ImageDataset _images;
    private readonly int[] _indices;

    private ReadableImages(ImageDataset images, int[] indices) => (_images, _indices) = (images, indices);

    public override string Name => _images.Name;

    public override int Count => _indices.Length;

    public override IReadOnlyList<string> ClassNames => _images.ClassNames;

    internal override IReadOnlyList<string> Notes => _images.Notes;

    /// <summary>Reads all images once to find those that cannot be read.</summary>
    /// <param name="images">The dataset; decoded images that fit into a gigabyte are kept.</param>
    /// <param name="threads">The number of threads.</param>
    /// <param name="progress">Receives the number of images tried.</param>
    /// <param name="cancellationToken">Checked between images.</param>
    /// <returns>The readable images, and the others.</returns>
    /// <exception cref="DatasetException">No image of a class can be read.</exception>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    public static (ImageDataset Readable, IReadOnlyList<SkippedImage> Others) Of(
        ImageDataset images, int threads, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        images = images.Cached();
        List<int> readable = [];
        List<SkippedImage> others = [];
        int[] perClass = new int[images.ClassNames.Count];
        int done = 0;
        foreach (string? fault in Prefetch.InOrder(Enumerable.Range(0, images.Count), index => FaultOf(images, index), threads - 1, cancellationToken))
        {
            if (fault is null)
            {
                readable.Add(done);
                perClass[images.LabelOf(done)]++;
            }
            else others.Add(new SkippedImage(done, images.NameOf(done), fault));
            done++;
            progress?.Report(done);
        }
        int empty = Array.IndexOf(perClass, 0);
        if (empty >= 0)
            throw new DatasetException(images.Name, $"has no readable images of the class '{images.ClassNames[empty]}'", "expected at least one per class");
        return (others.Count == 0 ? images : new ReadableImages(images, [.. readable]), others);
    }

    public override int LabelOf(int index) => _images.LabelOf(_indices[index]);

    public override string NameOf(int index) => _images.NameOf(_indices[index]);

    public override string VersionOf(int index) => _images.VersionOf(_indices[index]);

    public override RgbImage Load(int index) => _images.Load(_indices[index]);

    private static string? FaultOf(ImageDataset images, int index)
    {
        try
        {
            images.Load(index);
            return null;
        }
        catch (IOException exception)
        {
            return exception.Message;
        }
    }
}
