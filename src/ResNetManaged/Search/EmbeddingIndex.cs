using System.Buffers;
using System.Numerics.Tensors;
using ResNetManaged.Inference;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

using Tensor = ResNetManaged.Tensors.Tensor;

namespace ResNetManaged.Search;

/// <summary>Finds the nearest of many vectors by the cosine of the angle, exactly: every vector is looked at.</summary>
/// <remarks>Immutable and safe to use from many threads. Equal similarities are in the order of the rows, and results do not depend on the number of threads.</remarks>
public sealed class EmbeddingIndex
{
    private const int RowsPerItem = 2048, RowsPerBlock = 64;

    private readonly float[] _rows; // of length 1

    /// <summary>Makes an index; vectors are copied and normalised.</summary>
    /// <param name="vectors">A row for each, <c>[N, D]</c>, at least one.</param>
    /// <param name="names">The name of each row, such as the path of its image; null for none.</param>
    /// <exception cref="ArgumentException">
    /// The tensor is not of rows, the names are not as many, or a row has no direction: it is 0 or not finite. The message names the row.
    /// </exception>
    public EmbeddingIndex(Tensor vectors, IReadOnlyList<string>? names = null)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        if (vectors.Rank != 2 || vectors.ElementCount == 0)
            throw new ArgumentException($"EmbeddingIndex: the vectors have shape {vectors.Shape}; expected [N, D], both at least 1.", nameof(vectors));
        (Count, Dimensions) = (vectors.Shape[0], vectors.Shape[1]);
        if (names is not null && names.Count != Count)
            throw new ArgumentException($"EmbeddingIndex: {names.Count} names were given for {Count} vectors.", nameof(names));
        Names = names?.ToArray();
        _rows = vectors.ReadOnlySpan.ToArray();
        for (int row = 0; row < Count; row++)
        {
            if (!TryNormalize(Row(row)))
                throw new ArgumentException($"EmbeddingIndex: row {row}{NameFor(row)} has no direction: it is 0, or not finite.", nameof(vectors));
        }
    }

    /// <summary>The number of vectors.</summary>
    public int Count { get; }

    /// <summary>The length of a vector.</summary>
    public int Dimensions { get; }

    /// <summary>The name of each vector; null where there are none.</summary>
    public IReadOnlyList<string>? Names { get; }

    /// <summary>Reads vectors that <c>resnet embed</c> wrote, or any other array of rows.</summary>
    /// <param name="path">The <c>.npy</c> file; names come from the manifest beside it, where there is one.</param>
    /// <returns>The index.</returns>
    /// <exception cref="NpyFormatException">The array or its manifest is damaged.</exception>
    /// <exception cref="ArgumentException">The array is not of rows, does not fit the manifest, or has a row without direction.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static EmbeddingIndex Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new EmbeddingIndex(Npy.Read(path), EmbeddingManifest.Find(path)?.Entries.Select(entry => entry.File).ToArray());
    }

    /// <summary>The nearest vectors.</summary>
    /// <param name="query">A vector of <see cref="Dimensions"/> numbers; its length does not matter.</param>
    /// <param name="top">How many to return, at least 1; all where there are fewer.</param>
    /// <returns>The nearest first.</returns>
    /// <exception cref="ArgumentException">The query has another length, or no direction.</exception>
    public IReadOnlyList<Neighbor> Nearest(ReadOnlySpan<float> query, int top = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(top);
        if (query.Length != Dimensions)
            throw new ArgumentException($"EmbeddingIndex.Nearest: the query has {query.Length} numbers; the index has vectors of {Dimensions}.", nameof(query));
        float[] direction = query.ToArray();
        if (!TryNormalize(direction))
            throw new ArgumentException("EmbeddingIndex.Nearest: the query has no direction: it is 0, or not finite.", nameof(query));
        float[] similarities = ArrayPool<float>.Shared.Rent(Count);
        try
        {
            ParallelLoop.For(Sizes.CeilingDivide(Count, RowsPerItem), ExecutionOptions.Default.Threads, new Scan(this, direction, similarities));
            ReadOnlySpan<float> scores = similarities.AsSpan(0, Count);
            int[] nearest = Ranking.Top(scores, top);
            Neighbor[] neighbors = new Neighbor[nearest.Length];
            for (int i = 0; i < nearest.Length; i++) neighbors[i] = new Neighbor(nearest[i], scores[nearest[i]]);
            return neighbors;
        }
        finally
        {
            ArrayPool<float>.Shared.Return(similarities);
        }
    }

    /// <summary>All pairs of vectors that are at least as near to each other as a threshold says.</summary>
    /// <param name="threshold">The smallest similarity, such as 0.98. Rounding makes 0.9999999 of equal vectors, so 1 misses some.</param>
    /// <param name="cancellationToken">Looked at now and then.</param>
    /// <returns>The pairs by first and second row. Comparing all N (N - 1) / 2 pairs, it takes memory for those that it returns alone.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is not from -1 to 1.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<NearPair> NearPairs(double threshold, CancellationToken cancellationToken = default)
    {
        if (threshold is not (>= -1 and <= 1)) throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "A similarity is from -1 to 1.");
        List<NearPair>[] found = new List<NearPair>[Sizes.CeilingDivide(Count, RowsPerBlock)];
        ParallelLoop.For(found.Length, ExecutionOptions.Default.Threads, new Comparison(this, threshold, found, cancellationToken));
        return [.. found.SelectMany(pairs => pairs)];
    }

    private static bool TryNormalize(Span<float> vector)
    {
        float largest = TensorPrimitives.MaxMagnitude(vector);
        if (!(MathF.Abs(largest) > 0) || !float.IsFinite(largest)) return false;
        TensorPrimitives.Divide(vector, MathF.Abs(largest), vector); // squares neither overflow nor vanish
        TensorPrimitives.Divide(vector, TensorPrimitives.Norm(vector), vector);
        return true;
    }

    /// <summary>The cosine of two vectors of length 1, without the rounding that may lead out of its range.</summary>
    private static float Similarity(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => Math.Clamp(TensorPrimitives.Dot(a, b), -1, 1);

    private Span<float> Row(int row) => _rows.AsSpan(row * Dimensions, Dimensions);

    private string NameFor(int row) => Names is null ? "" : $" ('{UntrustedText.Printable(Names[row])}')";

    private readonly struct Scan(EmbeddingIndex index, float[] query, float[] similarities) : IWork
    {
        public void Run(int item)
        {
            int end = Math.Min((item + 1) * RowsPerItem, index.Count);
            for (int row = item * RowsPerItem; row < end; row++) similarities[row] = Similarity(index.Row(row), query);
        }
    }

    private readonly struct Comparison(EmbeddingIndex index, double threshold, List<NearPair>[] found, CancellationToken cancellation) : IWork
    {
        /// <remarks>Block against block, so that both stay in the cache.</remarks>
        public void Run(int item)
        {
            List<NearPair> pairs = [];
            int first = item * RowsPerBlock, end = Math.Min(first + RowsPerBlock, index.Count);
            for (int block = first; block < index.Count; block += RowsPerBlock)
            {
                cancellation.ThrowIfCancellationRequested();
                int blockEnd = Math.Min(block + RowsPerBlock, index.Count);
                for (int i = first; i < end; i++)
                {
                    for (int j = Math.Max(block, i + 1); j < blockEnd; j++)
                    {
                        float similarity = Similarity(index.Row(i), index.Row(j));
                        if (similarity >= threshold) pairs.Add(new NearPair(i, j, similarity));
                    }
                }
            }
            pairs.Sort((a, b) => (a.First, a.Second).CompareTo((b.First, b.Second)));
            found[item] = pairs;
        }
    }
}
