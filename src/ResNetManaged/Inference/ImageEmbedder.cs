using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Inference;

/// <summary>From images to vectors: the pooled features that a network's head would classify. Alike images have vectors of a small angle.</summary>
/// <remarks>
/// Compiles the network when it is made: what is in a file is read then, and later changes of the parameters have no effect. Safe to use from
/// many threads. Vectors are not normalised; <see cref="Search.EmbeddingIndex"/> does that.
/// </remarks>
public sealed class ImageEmbedder
{
    private readonly CompiledModel _compiled;
    private readonly Lazy<IReadOnlyList<CompiledModel>> _parts;
    private readonly Shape _inputShape;

    /// <summary>Creates an embedder.</summary>
    /// <param name="model">The network, in evaluation mode; it takes three channels.</param>
    /// <param name="preset">How an image becomes its input; null for <see cref="ImageClassifier.DefaultPreset"/>.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">The network is in training mode or takes other channels.</exception>
    public ImageEmbedder(ResNet model, ImagePreset? preset = null, ExecutionOptions? options = null)
    {
        ImageModel.Require(model, nameof(ImageEmbedder));
        Preset = preset ?? ImageClassifier.DefaultPreset(model.Config);
        Dimensions = model.Head.InFeatures;
        _inputShape = [1, RgbImage.Channels, Preset.Crop.Height, Preset.Crop.Width];
        _compiled = model.CompileFeatures(options);
        _compiled.PlanFor(_inputShape);
        _parts = new(() => model.CompileParts(options));
    }

    /// <summary>How an image becomes the network's input.</summary>
    public ImagePreset Preset { get; }

    /// <summary>The length of a vector: 512 for ResNet-18 and 34, 2048 for bottleneck networks.</summary>
    public int Dimensions { get; }

    /// <summary>Threads, vector width and precision.</summary>
    public ExecutionOptions Options => _compiled.Options;

    /// <summary>Makes an embedder from a checkpoint, whose architecture follows from its tensors.</summary>
    /// <param name="checkpointPath">The file: all that <see cref="ResNetCheckpoint.Load(string, string?, int?)"/> reads.</param>
    /// <param name="preset">How an image becomes the network's input; null for <see cref="ImageClassifier.DefaultPreset"/>.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>The embedder; the file is not needed any more.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or holds no residual network of a known family.</exception>
    /// <exception cref="ArgumentException">The network takes other channels.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static ImageEmbedder Load(string checkpointPath, ImagePreset? preset = null, ExecutionOptions? options = null) =>
        new(ResNetCheckpoint.Load(checkpointPath), preset, options);

    /// <summary>The same from a stream, which is read from where it stands to its end and stays open.</summary>
    /// <inheritdoc cref="Load(string, ImagePreset?, ExecutionOptions?)"/>
    /// <param name="checkpoint">The stream.</param>
    /// <param name="preset">How an image becomes the network's input; null for <see cref="ImageClassifier.DefaultPreset"/>.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    public static ImageEmbedder Load(Stream checkpoint, ImagePreset? preset = null, ExecutionOptions? options = null) =>
        new(ResNetCheckpoint.Load(checkpoint), preset, options);

    /// <summary>The vector of one image.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <returns><see cref="Dimensions"/> numbers.</returns>
    public float[] Embed(RgbImage image)
    {
        float[] vector = new float[Dimensions];
        Embed(image, vector);
        return vector;
    }

    /// <summary>The vector of one image, into memory of the caller's.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <param name="destination">Exactly <see cref="Dimensions"/> numbers.</param>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Embed(RgbImage image, Span<float> destination)
    {
        if (destination.Length != Dimensions)
        {
            throw new ArgumentException(
                $"ImageEmbedder.Embed: a vector has {Dimensions} numbers; the destination has {destination.Length}.", nameof(destination));
        }
        _compiled.Run(Preset.Apply(image).ReadOnlySpan, _inputShape, destination);
    }

    /// <summary>The vectors of a batch of images.</summary>
    /// <param name="images">The images, at least one; they may differ in size.</param>
    /// <returns>A row for each, <c>[N, Dimensions]</c>.</returns>
    public Tensor Embed(IReadOnlyList<RgbImage> images) => Embed(Preset.Apply(images));

    /// <summary>The vectors of images that <see cref="Preset"/> has been applied to already.</summary>
    /// <param name="images">The network's input, <c>[N, 3, H, W]</c>.</param>
    /// <returns>A row for each, <c>[N, Dimensions]</c>.</returns>
    /// <exception cref="ShapeMismatchException">The shape does not fit the network.</exception>
    public Tensor Embed(Tensor images) => _compiled.Run(images);

    /// <summary>What the network sees in an image at the end of each stage, and the vector.</summary>
    /// <remarks>The first call compiles the network once more, in parts, with weights of their own; the vector has the same bits as <see cref="Embed(RgbImage)"/>'s.</remarks>
    /// <param name="image">The image, of any size.</param>
    /// <returns>The outputs of all stages and their pooled end.</returns>
    public FeatureMaps Features(RgbImage image)
    {
        Tensor value = Preset.Apply(image);
        List<Tensor> outputs = [];
        foreach (CompiledModel part in _parts.Value) outputs.Add(value = part.Run(value));
        return new FeatureMaps(outputs[..^1], outputs[^1]);
    }
}
