using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.FineTuning;

/// <summary>Computes the pooled features of images: the input of a network's head.</summary>
internal static class FeatureExtraction
{
    private const int ElementsInBatch = 1 << 20; // 6 images of 224 x 224; bounds the memory of a forward pass
    private const int MostImagesInBatch = 64;

    /// <summary>Computes one row of features per image.</summary>
    /// <param name="model">The network, in evaluation mode.</param>
    /// <param name="images">The images.</param>
    /// <param name="preset">How an image becomes an input; null for the network's own, or <see cref="ImageClassifier.DefaultPreset"/> if it has none.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <param name="progress">Receives the number of images done after each batch.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns><c>[N, D]</c>, in the images' order.</returns>
    /// <exception cref="InvalidOperationException">The network is in training mode.</exception>
    /// <exception cref="IOException">An image cannot be read; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The call was canceled.</exception>
    public static Tensor Run(ImageNetwork model, ImageDataset images, ImagePreset? preset = null, ExecutionOptions? options = null,
        IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        preset ??= ImageModel.PresetOf(model);
        CompiledModel compiled = model.CompileFeatures(options);
        int width = model.FeatureCount, done = 0;
        Tensor features = Tensor.Zeros([images.Count, width]);
        int batchSize = Math.Clamp(ElementsInBatch / preset.ElementCount, 1, MostImagesInBatch);
        foreach (LabeledBatch batch in images.Batches(preset, batchSize, options, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = batch.Labels.Count;
            compiled.Run(batch.Images.ReadOnlySpan, batch.Images.Shape, features.Span.Slice(done * width, count * width));
            done += count;
            progress?.Report(done);
        }
        return features;
    }
}
