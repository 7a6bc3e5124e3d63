using ResNetManaged.Explaining;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serving.Batching;
using ResNetManaged.Serving.Monitoring;
using ResNetManaged.Tensors;

namespace ResNetManaged.Serving;

/// <summary>A network with a bounded queue before it: what <see cref="ResNetEndpoints.MapResNet"/> serves.</summary>
/// <remarks>
/// Has a thread for each processor to decode pictures, and one that computes them in batches. Answers do not depend on the batch, in no bit.
/// Disposing ends the threads; what still waits fails.
/// </remarks>
public sealed class ResNetService : IDisposable
{
    // Each packs the weights once more, so they are made when they are first asked for.
    private readonly Lazy<ImageEmbedder> _embedder;
    private readonly Lazy<GradCam> _gradCam;

    /// <summary>Compiles the network.</summary>
    /// <param name="model">The network, in evaluation mode; it takes three channels.</param>
    /// <param name="preset">How a picture becomes its input; null for <see cref="ImageClassifier.DefaultPreset"/>.</param>
    /// <param name="labels">The name of each class; null for <see cref="ResNet.ClassNames"/>, if there are any.</param>
    /// <param name="execution">Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>.</param>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <param name="index">The pictures that can be searched for similar ones, by vectors of this network; null for none.</param>
    /// <exception cref="ArgumentException">As for <see cref="ImageClassifier"/>; or the index has vectors of another length.</exception>
    public ResNetService(
        ResNet model, ImagePreset? preset = null, IReadOnlyList<string>? labels = null, ExecutionOptions? execution = null,
        ResNetServiceOptions? options = null, PictureIndex? index = null)
    {
        Classifier = new ImageClassifier(model, preset, labels, execution);
        Options = options ?? new ResNetServiceOptions();
        ModelName = ResNetVariants.NameOf(model.Config) ?? "resnet";
        Index = index;
        if (index is not null && index.Dimensions != model.Head.InFeatures)
        {
            throw new ArgumentException(
                $"ResNetService: the index has vectors of {index.Dimensions} numbers; the network makes {model.Head.InFeatures}.", nameof(index));
        }
        _embedder = new Lazy<ImageEmbedder>(() => new ImageEmbedder(model, preset, execution));
        _gradCam = new Lazy<GradCam>(() => new GradCam(model, preset, execution));
        BodyMemory = new BodyMemory(Options.MaxBodyMemory);
        Classification = new Lane<ClassificationInput, IReadOnlyList<Prediction>>("classify", Options.MaxBatch, ClassifyBatch);
        Embedding = new Lane<Tensor, float[]>("embed", Options.MaxBatch, EmbedBatch);
        Explaining = new Lane<ExplanationInput, Explanation>("explain", maxBatch: 1, inputs => [Explain(inputs[0])]);
        Classifier.Classify(new RgbImage(1, 1)); // the first call compiles the kernels; no client should wait for that
        Pipeline = new Pipeline(Options, Metrics.BatchStarted);
    }

    /// <summary>The classifier.</summary>
    public ImageClassifier Classifier { get; }

    /// <summary>The pictures that can be searched; null where there are none.</summary>
    public PictureIndex? Index { get; }

    /// <summary>The limits.</summary>
    public ResNetServiceOptions Options { get; }

    /// <summary>Pictures that have been taken into the queue so far.</summary>
    public long Accepted => Metrics.AcceptedTotal;

    /// <summary>Whether <see cref="StopAccepting"/> was called.</summary>
    public bool IsStopping { get; private set; }

    internal string ModelName { get; }

    /// <summary>What can be asked of the network: the names of the routes below /api that take a picture.</summary>
    internal IReadOnlyList<string> Tasks =>
        [Classification.Name, Embedding.Name, Explaining.Name, .. Index is null ? Array.Empty<string>() : ["similar"]];

    internal ServiceMetrics Metrics { get; } = new();

    internal BodyMemory BodyMemory { get; }

    internal Pipeline Pipeline { get; }

    internal Lane<ClassificationInput, IReadOnlyList<Prediction>> Classification { get; }

    internal Lane<Tensor, float[]> Embedding { get; }

    internal Lane<ExplanationInput, Explanation> Explaining { get; }

    /// <summary>Refuses new pictures with 503 from now on; those that are here are still answered.</summary>
    public void StopAccepting() => IsStopping = true;

    /// <summary>Ends the threads.</summary>
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
        return new Explanation(map.Overlay(input.Picture), map.ClassIndex);
    }

    private static Tensor Batch(IReadOnlyList<Tensor> pictures) => pictures.Count == 1 ? pictures[0] : Tensor.Concatenate(pictures);
}

/// <summary>A preprocessed picture, [1, 3, H, W], and how many classes are asked for.</summary>
internal readonly record struct ClassificationInput(Tensor Picture, int Top);

/// <summary>A picture and the class in question; null for the most probable one.</summary>
internal readonly record struct ExplanationInput(RgbImage Picture, int? ClassIndex);

/// <summary>The picture with the heat map over it, and the class that it is of.</summary>
internal readonly record struct Explanation(RgbImage Overlay, int ClassIndex);
