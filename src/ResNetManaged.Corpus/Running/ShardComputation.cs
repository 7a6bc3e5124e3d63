using ResNetManaged.Corpus.Writing;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Corpus.Running;

/// <summary>How a shard's pictures become results, and where these are written.</summary>
/// <typeparam name="T">The result of a picture.</typeparam>
internal sealed record ShardComputation<T> : IShardComputation where T : class
{
    /// <summary>Computes pictures in order.</summary>
    public required Func<IEnumerable<ImageSource>, CancellationToken, IEnumerable<ImageResult<T>>> Compute { get; init; }

    /// <summary>Creates the writer of a shard, from a function that gives the path of a file with an extension.</summary>
    public required Func<Func<string, string>, ResultWriter<T>> CreateWriter { get; init; }

    /// <inheritdoc/>
    public ShardManifest? TryRun(CorpusPlan plan, int shard, IProgress<long>? progress, CancellationToken cancellationToken) =>
        new ShardRun<T>(plan, shard, this).TryRun(progress, cancellationToken);

    /// <inheritdoc/>
    public long Compare(CorpusPlan plan, int shard, Predicate<long> isChosen, out string? difference, CancellationToken cancellationToken) =>
        new ShardComparison<T>(plan, shard, this).Run(isChosen, out difference, cancellationToken);
}

/// <summary>A computation whose result's type does not matter.</summary>
internal interface IShardComputation
{
    /// <summary>Computes a shard unless another process does.</summary>
    ShardManifest? TryRun(CorpusPlan plan, int shard, IProgress<long>? progress, CancellationToken cancellationToken);

    /// <summary>Computes chosen pictures of a finished shard again and compares the bits.</summary>
    /// <returns>The number of equal results.</returns>
    long Compare(CorpusPlan plan, int shard, Predicate<long> isChosen, out string? difference, CancellationToken cancellationToken);
}

/// <summary>The computations that plans ask for.</summary>
internal static class ShardComputation
{
    public static ShardComputation<float[]> Of(CorpusPlan plan, ImageEmbedder embedder) => new()
    {
        Compute = (sources, cancellation) => embedder.EmbedImages(sources, cancellationToken: cancellation).ToBlockingEnumerable(cancellation)
            .Select(result => Finite(result, vector => Array.TrueForAll(vector, float.IsFinite))),
        CreateWriter = VectorWriterOf(plan),
    };

    public static ShardComputation<IReadOnlyList<Prediction>> Of(CorpusPlan plan, ImageClassifier classifier) => new()
    {
        Compute = (sources, cancellation) => classifier.ClassifyImages(sources, plan.Classes, cancellationToken: cancellation).ToBlockingEnumerable(cancellation)
            .Select(result => Finite(result, predictions => predictions.All(prediction => float.IsFinite(prediction.Probability)))),
        CreateWriter = pathOf => new ClassLineWriter(pathOf),
    };

    public static Func<Func<string, string>, ResultWriter<float[]>> VectorWriterOf(CorpusPlan plan) => plan.Format == VectorFormat.Npy
        ? pathOf => new VectorArrayWriter(pathOf, plan.Dimensions) : pathOf => new VectorLineWriter(pathOf);

    /// <summary>The result if its numbers are finite; otherwise it is none.</summary>
    private static ImageResult<T> Finite<T>(ImageResult<T> result, Predicate<T> isFinite) where T : class => !result.Succeeded || isFinite(result.Value)
        ? result
        : new ImageResult<T>(result.Name, null, new ImageException(result.Name, "what the network computes is not finite; its weights are probably damaged", null));
}
