using System.Security.Cryptography;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Preprocessing;
using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Datasets;

/// <summary>Labeled images, loaded one at a time.</summary>
public abstract class ImageDataset : LabeledData
{
    private const long DefaultCacheBytes = 1L << 30;

    /// <summary>Loads one image. Safe to call from many threads.</summary>
    /// <param name="index">From 0 up to <see cref="LabeledData.Count"/>.</param>
    /// <returns>A new image, which the caller may change.</returns>
    /// <exception cref="IOException">The image cannot be read; the message names it.</exception>
    public abstract RgbImage Load(int index);

    /// <summary>
    /// A text that changes when an image does, by which to know whether what was computed from it still holds: of a file its size and time, otherwise a
    /// hash of the content.
    /// </summary>
    /// <param name="index">From 0 up to <see cref="LabeledData.Count"/>.</param>
    /// <returns>The text; that of the decoded pixels where a dataset knows nothing cheaper.</returns>
    /// <exception cref="IOException">The image cannot be read; the message names it.</exception>
    public virtual string VersionOf(int index)
    {
        RgbImage image = Load(index);
        return $"{image.Width} x {image.Height} {Convert.ToHexString(SHA256.HashData(image.Pixels))}";
    }

    /// <summary>The same images, each decoded once and then kept in memory, as long as there is room.</summary>
    /// <param name="maxBytes">The pixels kept at most, 3 bytes each; images that no longer fit are decoded again each time. Default 1 GiB.</param>
    /// <returns>The dataset.</returns>
    public ImageDataset Cached(long maxBytes = DefaultCacheBytes) => new CachedDataset(this, maxBytes);

    /// <summary>The images as a network's inputs.</summary>
    /// <param name="preset">How an image becomes an input.</param>
    /// <param name="augmentation">Random changes on the way; null for none, as for evaluation.</param>
    /// <returns>The inputs.</returns>
    public SampleSource Samples(ImagePreset preset, TrainingAugmentation? augmentation = null)
    {
        ArgumentNullException.ThrowIfNull(preset);
        return new ImageSamples(this, preset, augmentation ?? TrainingAugmentation.None);
    }

    /// <summary>All images in order, preprocessed. The next batch is decoded while the caller works on one.</summary>
    /// <param name="preset">How an image becomes a network's input.</param>
    /// <param name="batchSize">Images in a batch, at least 1; the last batch may have fewer.</param>
    /// <param name="options">With one thread images are decoded only when asked for; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <param name="cancellationToken">Ends the wait for a batch.</param>
    /// <returns>The batches; enumerate them once.</returns>
    /// <exception cref="IOException">An image cannot be read; the message names it.</exception>
    public IEnumerable<LabeledBatch> Batches(
        ImagePreset preset, int batchSize, ExecutionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(preset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        int ahead = (options ?? ExecutionOptions.Default).Threads == 1 ? 0 : batchSize;
        return Prefetch.InOrder(Enumerable.Range(0, Count), index => preset.Apply(Load(index)), ahead, cancellationToken)
            .Index()
            .Chunk(batchSize)
            .Select(chunk => new LabeledBatch(
                Tensor.Concatenate([.. chunk.Select(input => input.Item)]), [.. chunk.Select(input => LabelOf(input.Index))]));
    }
}
