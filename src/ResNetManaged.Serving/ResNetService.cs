using ResNetManaged.Explaining;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serving.Batching;
using ResNetManaged.Serving.Monitoring;
using ResNetManaged.Tensors;

namespace ResNetManaged.Serving;

/// <summary>A network behind a bounded queue, which <see cref="ResNetEndpoints.MapResNet"/> serves.</summary>
/// <remarks>
/// One thread per processor decodes pictures, and one computes them in batches. Results are bit-identical in any batch.
/// Disposing ends the threads; pictures that are still waiting fail.
/// </remarks>
public sealed class ResNetService : IDisposable
{
    // Each packs its own copy of the weights, so it is created on first use.
    private readonly Lazy<ImageEmbedder> _embedder;
    private readonly Lazy<GradCam> _gradCam;

    /// <summary>Compiles the network.</summary>
    /// <param name="model">The network, in evaluation mode, with three input channels.</param>
    /// <param name="preset">How a picture becomes the network's input; null for the network's own, or <see cref="ImageClassifier.DefaultPreset"/> if it has none.</param>
    /// <param name="labels">The name of each class; null for <see cref="ImageNetwork.ClassNames"/>, which may be null too.</param>
    /// <param name="execution">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <param name="index">The pictures to search for similar ones, with vectors of this network; null for none.</param>
    /// <exception cref="ArgumentException">
    /// As for <see cref="ImageClassifier"/>, or the length of the index's vectors does not match the network.
    /// </exception>
    public ResNetService(
        ImageNetwork model, ImagePreset? preset = null, IReadOnlyList<string>? labels = null, ExecutionOptions? execution = null,
        ResNetServiceOptions? options = null, PictureIndex? index = null)
    {
        Classifier = new ImageClassifier(model, preset, labels, execution);
        Options = options ?? new ResNetServiceOptions();
        ModelName = model is ResNet network ? ResNetVariants.NameOf(network.Config) ?? "resnet" : "onnx";
        Index = index;
        if (index is not null && index.Dimensions != model.FeatureCount)
        {
            throw new ArgumentException(
                $"ResNetService: the index has vectors of length {index.Dimensions}; expected {model.FeatureCount}, as the network computes them.", nameof(index));
        }
        _embedder = new Lazy<ImageEmbedder>(() => new ImageEmbedder(model, preset, execution));
        _gradCam = new Lazy<GradCam>(() => new GradCam(model, preset, execution));
        BodyMemory = new BodyMemory(Options.MaxBodyMemory);
        Classification = new Lane<ClassificationInput, IReadOnlyList<Prediction>>("classify", Options.MaxBatch, ClassifyBatch);
        Embedding = new Lane<Tensor, float[]>("embed", Options.MaxBatch, EmbedBatch);
        Explaining = new Lane<ExplanationInput, Explanation>("explain", maxBatch: 1, inputs => [Explain(inputs[0])]);
        Classifier.Classify(new RgbImage(1, 1)); // warm-up: compiles the kernels, so that no client waits for it
        Pipeline = new Pipeline(Options, Metrics.BatchStarted);
    }

    /// <summary>The classifier.</summary>
    public ImageClassifier Classifier { get; }

    /// <summary>The pictures to search; null for none.</summary>
    internal PictureIndex? Index { get; }

    internal ResNetServiceOptions Options { get; }

    /// <summary>The number of pictures accepted into the queue so far.</summary>
    public long Accepted => Metrics.AcceptedTotal;

    internal bool IsStopping { get; private set; }

    internal string ModelName { get; }

    /// <summary>The names of the routes under /api that take a picture.</summary>
    internal IReadOnlyList<string> Tasks =>
        [Classification.Name, Embedding.Name, Explaining.Name, .. Index is null ? Array.Empty<string>() : ["similar"]];

    internal ServiceMetrics Metrics { get; } = new();

    internal BodyMemory BodyMemory { get; }

    internal Pipeline Pipeline { get; }

    internal Lane<ClassificationInput, IReadOnlyList<Prediction>> Classification { get; }

    internal Lane<Tensor, float[]> Embedding { get; }

    internal Lane<ExplanationInput, Explanation> Explaining { get; }

    /// <summary>Refuses new pictures with 503 from now on; accepted ones are still answered.</summary>
    internal void StopAccepting() => IsStopping = true;

    /// <summary>Ends the threads; pictures that are still waiting fail.</summary>
    public void Dispose() => Pipeline.Dispose();

    private IReadOnlyList<IReadOnlyList<Prediction>> ClassifyBatch(IReadOnlyList<ClassificationInput> batch)
    {
        IReadOnlyList<IReadOnlyList<Prediction>> predictions = Classifier.Classify(Batch([.. batch.Select(input => input.Picture)]), batch.Max(input => input.Top));
        return [.. predictions.Zip(batch, (all, input) => all.Take(input.Top).ToArray())];
    }

    private float[][] EmbedBatch(IReadOnlyList<Tensor> batch)
    {
        Tensor vectors = _embedder.Value.Embed(Batch(batch));
        int length = vectors.Shape[1];
        return [.. Enumerable.Range(0, batch.Count).Select(i => vectors.ReadOnlySpan.Slice(i * length, length).ToArray())];
    }

    private Explanation Explain(ExplanationInput input)
    {
        HeatMap map = _gradCam.Value.Explain(input.Picture, input.ClassIndex);
        return new Explanation(map.Overlay(input.Picture), map.ClassIndex, map.Probability);
    }

    private static Tensor Batch(IReadOnlyList<Tensor> pictures) => pictures.Count == 1 ? pictures[0] : Tensor.Concatenate(pictures);
}

/// <summary>A preprocessed picture, [1, 3, H, W], and the number of classes to return.</summary>
internal readonly record struct ClassificationInput(Tensor Picture, int Top);

/// <summary>A picture and the class to explain; null for the most probable one.</summary>
internal readonly record struct ExplanationInput(RgbImage Picture, int? ClassIndex);

/// <summary>The picture under its heat map, the explained class, and its probability.</summary>
internal readonly record struct Explanation(RgbImage Overlay, int ClassIndex, float Probability);
