using ResNetManaged.Kernels.Reference;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Inference;

/// <summary>Classifies images: preprocessing, the network, softmax, and the names of the most probable classes.</summary>
/// <remarks>
/// The constructor compiles the network. Weights still in a file are read then, and later changes to the parameters have no effect. Thread-safe.
/// </remarks>
public sealed class ImageClassifier
{
    private const int ShownByDefault = 5;

    private readonly CompiledModel _compiled;

    /// <summary>Creates a classifier.</summary>
    /// <param name="model">The network, in evaluation mode, with three input channels.</param>
    /// <param name="preset">How an image becomes the network's input; null for the network's own, or <see cref="DefaultPreset"/> if it has none.</param>
    /// <param name="labels">The name of each class, in the order of the logits; null for <see cref="ImageNetwork.ClassNames"/>, if any.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <exception cref="ArgumentException">
    /// The network is in training mode, has no head or does not take three channels, or the number of labels is not its number of classes.
    /// </exception>
    public ImageClassifier(ImageNetwork model, ImagePreset? preset = null, IReadOnlyList<string>? labels = null, ExecutionOptions? options = null)
    {
        ImageModel.Require(model, nameof(ImageClassifier));
        ImageModel.RequireHead(model, nameof(ImageClassifier));
        if (labels is not null && labels.Count != model.NumClasses)
        {
            throw new ArgumentException(
                $"ImageClassifier: {labels.Count} labels were given; the model has {model.NumClasses} classes.", nameof(labels));
        }
        Model = model;
        Preset = preset ?? ImageModel.PresetOf(model);
        Labels = labels ?? model.ClassNames;
        _compiled = model.Compile(options);
        _compiled.PlanFor([1, RgbImage.Channels, Preset.Crop.Height, Preset.Crop.Width]);
    }

    /// <summary>The network.</summary>
    public ImageNetwork Model { get; }

    /// <summary>Threads, vector width and precision.</summary>
    internal ExecutionOptions Options => _compiled.Options;

    /// <summary>How an image becomes the network's input.</summary>
    public ImagePreset Preset { get; }

    /// <summary>The name of each class; null if the classes have no names.</summary>
    public IReadOnlyList<string>? Labels { get; }

    /// <summary>Loads a classifier from a checkpoint; the architecture follows from its tensors.</summary>
    /// <param name="checkpointPath">The file: anything that <see cref="ResNetCheckpoint.Load(string, string?, int?)"/> reads.</param>
    /// <param name="preset">How an image becomes the network's input; null for the network's own, or <see cref="DefaultPreset"/> if it has none.</param>
    /// <param name="labels">The name of each class, in the order of the logits; null for the checkpoint's, if any.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <returns>The classifier; the file is no longer needed.</returns>
    /// <exception cref="CheckpointException">The file is damaged, or holds no residual network of a known family, or one without a head.</exception>
    /// <exception cref="ArgumentException">The network does not take three channels, or the number of labels is not its number of classes.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static ImageClassifier Load(
        string checkpointPath, ImagePreset? preset = null, IReadOnlyList<string>? labels = null, ExecutionOptions? options = null) =>
        new(WithHead(NetworkFile.Load(checkpointPath)), preset, labels, options);

    /// <summary>Loads a classifier from a stream, which is read from its position to its end and stays open.</summary>
    /// <inheritdoc cref="Load(string, ImagePreset?, IReadOnlyList{string}?, ExecutionOptions?)"/>
    /// <param name="checkpoint">The stream.</param>
    /// <param name="preset">How an image becomes the network's input; null for the network's own, or <see cref="DefaultPreset"/> if it has none.</param>
    /// <param name="labels">The name of each class, in the order of the logits; null for the checkpoint's, if any.</param>
    /// <param name="options">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    public static ImageClassifier Load(
        Stream checkpoint, ImagePreset? preset = null, IReadOnlyList<string>? labels = null, ExecutionOptions? options = null) =>
        new(WithHead(NetworkFile.Load(checkpoint)), preset, labels, options);

    private static ImageNetwork WithHead(ImageNetwork model) => model.NumClasses > 0
        ? model
        : throw new CheckpointException(model.Origin!.File, null, "holds a network without a head, so it has no classes",
            "expected a linear layer such as 'fc'; embedding and fine-tuning work without one");

    /// <summary>The preprocessing that published checkpoints of an architecture usually expect.</summary>
    /// <param name="config">The network's architecture.</param>
    /// <returns><see cref="ImagePreset.Cifar10"/> for networks with the CIFAR stem, values from -1 to 1 of 112 x 112 pixels for those of faces,
    /// <see cref="ImagePreset.ImageNet"/> for all others.</returns>
    public static ImagePreset DefaultPreset(ResNetConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.UsualPreset;
    }

    /// <summary>Classifies one image.</summary>
    /// <param name="image">The image, of any size.</param>
    /// <param name="top">The number of classes to return, at least 1; all of them if the network has fewer.</param>
    /// <returns>The most probable classes, most probable first.</returns>
    public IReadOnlyList<Prediction> Classify(RgbImage image, int top = ShownByDefault) => Classify([image], top)[0];

    /// <summary>Classifies raw pixels, such as an image that another library decoded. The pixels are read in place, without a copy.</summary>
    /// <param name="pixels">The rows, top row first unless the stride is negative. The last row needs no padding.</param>
    /// <param name="width">The number of pixels in a row, at least 1.</param>
    /// <param name="height">The number of rows, at least 1.</param>
    /// <param name="format">The layout of a pixel; alpha is dropped.</param>
    /// <param name="stride">The bytes from one row to the next, as in <see cref="RgbImage.FromPixels"/>; 0 if rows are contiguous.</param>
    /// <param name="top">The number of classes to return, at least 1; all of them if the network has fewer.</param>
    /// <returns>The most probable classes, most probable first.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, the format is unknown, or the stride is shorter than a row.</exception>
    /// <exception cref="ArgumentException">There are too few bytes for the rows.</exception>
    public IReadOnlyList<Prediction> Classify(
        ReadOnlySpan<byte> pixels, int width, int height, PixelFormat format, int stride = 0, int top = ShownByDefault) =>
        Classify(Preset.Apply(pixels, width, height, format, stride), top)[0];

    /// <summary>Classifies a batch of images.</summary>
    /// <param name="images">The images, at least one; they may differ in size.</param>
    /// <param name="top">The number of classes to return for each image, at least 1; all of them if the network has fewer.</param>
    /// <returns>For each image, the most probable classes, most probable first.</returns>
    public IReadOnlyList<IReadOnlyList<Prediction>> Classify(IReadOnlyList<RgbImage> images, int top = ShownByDefault) =>
        Classify(Preset.Apply(images), top);

    /// <summary>Classifies images that <see cref="Preset"/> has already been applied to.</summary>
    /// <param name="images">The network's input, <c>[N, 3, H, W]</c>.</param>
    /// <param name="top">The number of classes to return for each image, at least 1; all of them if the network has fewer.</param>
    /// <returns>For each image, the most probable classes, most probable first.</returns>
    /// <exception cref="ShapeMismatchException">The shape does not fit the network.</exception>
    public IReadOnlyList<IReadOnlyList<Prediction>> Classify(Tensor images, int top = ShownByDefault)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(top);
        Tensor logits = _compiled.Run(images);
        int count = logits.Shape[0], classes = logits.Shape[1];
        SoftmaxKernel.Forward(count, classes, 1, logits.ReadOnlySpan, logits.Span, _compiled.Options);
        Prediction[][] predictions = new Prediction[count][];
        for (int i = 0; i < count; i++) predictions[i] = Best(logits.ReadOnlySpan.Slice(i * classes, classes), top);
        return predictions;
    }

    private Prediction[] Best(ReadOnlySpan<float> probabilities, int top)
    {
        int[] indices = Ranking.Top(probabilities, top);
        Prediction[] best = new Prediction[indices.Length];
        for (int i = 0; i < best.Length; i++) best[i] = new Prediction(indices[i], Labels?[indices[i]], probabilities[indices[i]]);
        return best;
    }
}
