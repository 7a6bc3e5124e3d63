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

    /// <summary>Loads one image. Safe to call from several threads.</summary>
    /// <param name="index">From 0 to <see cref="LabeledData.Count"/> - 1.</param>
    /// <returns>A new image, which the caller may change.</returns>
    /// <exception cref="IOException">The image cannot be read; the message names it.</exception>
    public abstract RgbImage Load(int index);

    /// <summary>
    /// A string that changes whenever the image does, to tell whether results computed from it are still valid: a file's size and time, or a hash of
    /// its content.
    /// </summary>
    /// <param name="index">From 0 to <see cref="LabeledData.Count"/> - 1.</param>
    /// <returns>The string; by default a hash of the decoded pixels.</returns>
    /// <exception cref="IOException">The image cannot be read; the message names it.</exception>
    public virtual string VersionOf(int index)
    {
        RgbImage image = Load(index);
        return $"{image.Width} x {image.Height} {Convert.ToHexString(SHA256.HashData(image.Pixels))}";
    }

    /// <summary>What a user should know about the data, as sentences without a period: files left out, folders that look like parts of a dataset.</summary>
    internal virtual IReadOnlyList<string> Notes => [];

    /// <summary>The same images, each decoded once and then kept in memory while there is room.</summary>
    /// <param name="maxBytes">
    /// The memory limit in bytes, at 3 bytes per pixel; images that do not fit are decoded each time. 1 GiB by default.
    /// </param>
    /// <returns>The dataset.</returns>
    public ImageDataset Cached(long maxBytes = DefaultCacheBytes) => new CachedDataset(this, maxBytes);

    /// <summary>The images as inputs of a network.</summary>
    /// <param name="preset">The preprocessing.</param>
    /// <param name="augmentation">The random changes; null for none, as for evaluation.</param>
    /// <returns>The inputs.</returns>
    public SampleSource Samples(ImagePreset preset, TrainingAugmentation? augmentation = null)
    {
        ArgumentNullException.ThrowIfNull(preset);
        return new ImageSamples(this, preset, augmentation ?? TrainingAugmentation.None);
    }

    /// <summary>Loads an image as a network's input; a dataset that can decode less for that overrides it.</summary>
    internal virtual Tensor LoadInput(int index, ImagePreset preset) => preset.Apply(Load(index));

    /// <summary>All images in order, preprocessed. The next batch is decoded while the caller works on one.</summary>
    /// <param name="preset">The preprocessing.</param>
    /// <param name="batchSize">Images per batch, at least 1; the last batch may have fewer.</param>
    /// <param name="options">With one thread, images are decoded only when requested; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <param name="cancellationToken">Ends the wait for a batch.</param>
    /// <returns>The batches; enumerate them once.</returns>
    /// <exception cref="IOException">An image cannot be read; the message names it.</exception>
    internal IEnumerable<LabeledBatch> Batches(
        ImagePreset preset, int batchSize, ExecutionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(preset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        return ReadableBatches(preset, batchSize, unreadable: null, options, cancellationToken);
    }

    /// <summary>All images in order, preprocessed. Unreadable ones are left out and reported, unless <paramref name="unreadable"/> is null.</summary>
    internal IEnumerable<LabeledBatch> ReadableBatches(
        ImagePreset preset, int batchSize, Action<SkippedImage>? unreadable, ExecutionOptions? options, CancellationToken cancellationToken)
    {
        int ahead = (options ?? ExecutionOptions.Default).Threads == 1 ? 0 : batchSize;
        return Prefetch.InOrder(Enumerable.Range(0, Count), Prepare, ahead, cancellationToken)
            .Where(IsReadable)
            .Chunk(batchSize)
            .Select(chunk => new LabeledBatch(
                Tensor.Concatenate([.. chunk.Select(input => input.Image!)]), [.. chunk.Select(input => LabelOf(input.Index))]));

        (int Index, Tensor? Image, string? Fault) Prepare(int index)
        {
            try
            {
                return (index, LoadInput(index, preset), null);
            }
            catch (IOException exception) when (unreadable is not null)
            {
                return (index, null, exception.Message);
            }
        }

        bool IsReadable((int Index, Tensor? Image, string? Fault) input)
        {
            if (input.Fault is not null) unreadable!(new SkippedImage(input.Index, NameOf(input.Index), input.Fault));
            return input.Fault is null;
        }
    }
}
