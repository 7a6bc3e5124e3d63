using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Inference;

/// <summary>Embeds images as vectors: the pooled features that the network's head would classify. Vectors of similar images form a small angle.</summary>
/// <remarks>
/// The constructor compiles the network. Weights still in a file are read then, and later changes to the parameters have no effect. Thread-safe.
/// Vectors are not normalized; <see cref="Search.EmbeddingIndex"/> does that.
/// </remarks>
public sealed class ImageEmbedder
{
    private readonly CompiledModel _compiled;
    private readonly Lazy<IReadOnlyList<CompiledModel>> _parts;
    private readonly Shape _inputShape;

    /// <summary>Creates an embedder.</summary>
    /// <param name="model">The network, in evaluation mode, with three input channels.</param>
    /// <param name="preset">How an image becomes the network's input; null for the network's own, or <see cref="ImageClassifier.DefaultPreset"/> if it has none.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">The network is in training mode or does not take three channels.</exception>
    public ImageEmbedder(ImageNetwork model, ImagePreset? preset = null, ExecutionOptions? options = null)
    {
        ImageModel.Require(model, nameof(ImageEmbedder));
        Preset = preset ?? ImageModel.PresetOf(model);
        Dimensions = model.FeatureCount;
        _inputShape = [1, RgbImage.Channels, Preset.Crop.Height, Preset.Crop.Width];
        _compiled = model.CompileFeatures(options);
        _compiled.PlanFor(_inputShape);
        _parts = new(() => model.CompileParts(options));
    }

    /// <summary>How an image becomes the network's input.</summary>
    public ImagePreset Preset { get; }

    /// <summary>The number of elements in a vector: 512 for ResNet-18 and ResNet-34, 2048 for ImageNet's bottleneck networks.</summary>
    public int Dimensions { get; }

    /// <summary>Threads, vector width and precision.</summary>
    internal ExecutionOptions Options => _compiled.Options;

    /// <summary>Loads an embedder from a checkpoint; the architecture follows from its tensors.</summary>
    /// <param name="checkpointPath">The file: anything that <see cref="ResNetCheckpoint.Load(string, string?, int?)"/> reads.</param>
    /// <param name="preset">How an image becomes the network's input; null for the network's own, or <see cref="ImageClassifier.DefaultPreset"/> if it has none.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>The embedder; the file is no longer needed.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or holds no residual network of a known family.</exception>
    /// <exception cref="ArgumentException">The network does not take three channels.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static ImageEmbedder Load(string checkpointPath, ImagePreset? preset = null, ExecutionOptions? options = null) =>
        new(NetworkFile.Load(checkpointPath), preset, options);

    /// <summary>Loads an embedder from a stream, which is read from its position to its end and stays open.</summary>
    /// <inheritdoc cref="Load(string, ImagePreset?, ExecutionOptions?)"/>
    /// <param name="checkpoint">The stream.</param>
    /// <param name="preset">How an image becomes the network's input; null for the network's own, or <see cref="ImageClassifier.DefaultPreset"/> if it has none.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    public static ImageEmbedder Load(Stream checkpoint, ImagePreset? preset = null, ExecutionOptions? options = null) =>
        new(NetworkFile.Load(checkpoint), preset, options);

    /// <summary>Embeds one image.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <returns>A vector of <see cref="Dimensions"/> elements.</returns>
    public float[] Embed(RgbImage image)
    {
        float[] vector = new float[Dimensions];
        Embed(image, vector);
        return vector;
    }

    /// <summary>Embeds one image into the caller's memory.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <param name="destination">Receives the vector; exactly <see cref="Dimensions"/> elements.</param>
    /// <exception cref="ArgumentException">The destination has a different length.</exception>
    public void Embed(RgbImage image, Span<float> destination)
    {
        if (destination.Length != Dimensions)
        {
            throw new ArgumentException(
                $"ImageEmbedder.Embed: the destination has {destination.Length} elements; expected {Dimensions}.", nameof(destination));
        }
        _compiled.Run(Preset.Apply(image).ReadOnlySpan, _inputShape, destination);
    }

    /// <summary>Embeds a batch of images.</summary>
    /// <param name="images">The images, at least one; they may differ in size.</param>
    /// <returns>The vectors as rows, <c>[N, Dimensions]</c>.</returns>
    public Tensor Embed(IReadOnlyList<RgbImage> images) => Embed(Preset.Apply(images));

    /// <summary>Embeds images that <see cref="Preset"/> has already been applied to.</summary>
    /// <param name="images">The network's input, <c>[N, 3, H, W]</c>.</param>
    /// <returns>The vectors as rows, <c>[N, Dimensions]</c>.</returns>
    /// <exception cref="ShapeMismatchException">The shape does not fit the network.</exception>
    public Tensor Embed(Tensor images) => _compiled.Run(images);

    /// <summary>Computes the output of each stage for an image, and its vector.</summary>
    /// <remarks>
    /// The first call compiles the network again, in parts with their own packed weights. The vector equals that of <see cref="Embed(RgbImage)"/> bit for bit.
    /// </remarks>
    /// <param name="image">The image, of any size.</param>
    /// <returns>The output of each stage, and the vector.</returns>
    public FeatureMaps Features(RgbImage image)
    {
        Tensor value = Preset.Apply(image);
        List<Tensor> outputs = [];
        foreach (CompiledModel part in _parts.Value) outputs.Add(value = part.Run(value));
        return new FeatureMaps(outputs[..^1], outputs[^1]);
    }
}
