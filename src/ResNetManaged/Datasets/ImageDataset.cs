using ResNetManaged.Imaging;
using ResNetManaged.Kernels;
using ResNetManaged.Tensors;

namespace ResNetManaged.Datasets;

/// <summary>Labeled images, loaded one at a time.</summary>
public abstract class ImageDataset
{
    /// <summary>The number of images.</summary>
    public abstract int Count { get; }

    /// <summary>The names of the classes; a label is a position in this list.</summary>
    public abstract IReadOnlyList<string> ClassNames { get; }

    /// <summary>Loads one image. Safe to call from many threads.</summary>
    /// <param name="index">From 0 up to <see cref="Count"/>.</param>
    /// <returns>The image and its label.</returns>
    /// <exception cref="IOException">The image cannot be read; the message names it.</exception>
    public abstract LabeledImage Load(int index);

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
        return Prefetch.InOrder(Enumerable.Range(0, Count), LoadInput, ahead, cancellationToken)
            .Chunk(batchSize)
            .Select(chunk => new LabeledBatch(Tensor.Concatenate([.. chunk.Select(item => item.Input)]), [.. chunk.Select(item => item.Label)]));

        (Tensor Input, int Label) LoadInput(int index)
        {
            LabeledImage item = Load(index);
            return (preset.Apply(item.Image), item.Label);
        }
    }
}
