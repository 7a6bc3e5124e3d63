using System.Buffers;
using ResNetManaged.Inference;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;
using static System.Numerics.Tensors.TensorPrimitives;

namespace ResNetManaged.Search;

/// <summary>Finds the vectors nearest to a query by cosine similarity. The search is exact: it compares every vector.</summary>
/// <remarks>Immutable and thread-safe. Vectors of equal similarity come in row order, and results do not depend on the number of threads.</remarks>
public sealed class EmbeddingIndex
{
    private const int RowsPerItem = 2048, RowsPerBlock = 64;

    private readonly float[] _rows; // unit vectors

    /// <summary>Creates an index. The vectors are copied and normalized.</summary>
    /// <param name="vectors">The vectors as rows, <c>[N, D]</c>, N and D at least 1.</param>
    /// <param name="names">A name for each row, such as the path of its image; null for none.</param>
    /// <exception cref="ArgumentException">
    /// The tensor is not <c>[N, D]</c>, the number of names is not N, or a row has no direction because it is zero or not finite. The message
    /// names the row.
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
                throw new ArgumentException($"EmbeddingIndex: row {row}{NameFor(row)} has no direction: it is zero or not finite.", nameof(vectors));
        }
    }

    /// <summary>The number of vectors.</summary>
    public int Count { get; }

    /// <summary>The number of elements in a vector.</summary>
    public int Dimensions { get; }

    /// <summary>The name of each vector; null if they have none.</summary>
    public IReadOnlyList<string>? Names { get; }

    /// <summary>Loads vectors that <c>resnet embed</c> wrote, or any other two-dimensional array.</summary>
    /// <param name="path">The <c>.npy</c> file. The names come from the manifest beside it, if there is one.</param>
    /// <returns>The index.</returns>
    /// <exception cref="NpyFormatException">The array is damaged.</exception>
    /// <exception cref="ArgumentException">The array is not two-dimensional, does not match the manifest, or has a row without a direction.</exception>
    /// <exception cref="IOException">A file is missing or cannot be read, or the manifest is damaged.</exception>
    public static EmbeddingIndex Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new EmbeddingIndex(Npy.Read(path), EmbeddingManifest.Find(path)?.Entries.Select(entry => entry.File).ToArray());
    }

    /// <summary>Finds the vectors nearest to a query.</summary>
    /// <param name="query">A vector of <see cref="Dimensions"/> elements, which need not be normalized.</param>
    /// <param name="top">The number of vectors to return, at least 1; all of them if the index has fewer.</param>
    /// <returns>The nearest vectors, nearest first.</returns>
    /// <exception cref="ArgumentException">The query has a different number of elements, or no direction.</exception>
    public IReadOnlyList<Neighbor> Nearest(ReadOnlySpan<float> query, int top = 5)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(top);
        if (query.Length != Dimensions)
            throw new ArgumentException($"EmbeddingIndex.Nearest: the query has {query.Length} elements; expected {Dimensions}.", nameof(query));
        float[] direction = query.ToArray();
        if (!TryNormalize(direction))
            throw new ArgumentException("EmbeddingIndex.Nearest: the query has no direction: it is zero or not finite.", nameof(query));
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

    /// <summary>Finds all pairs of vectors whose similarity reaches a threshold.</summary>
    /// <remarks>Compares all N (N - 1) / 2 pairs, but allocates memory only for those it returns.</remarks>
    /// <param name="threshold">The smallest similarity, such as 0.98. Rounding can give equal vectors 0.9999999, so a threshold of 1 misses some.</param>
    /// <param name="cancellationToken">Checked regularly.</param>
    /// <returns>The pairs, ordered by first and then second row.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is outside -1 to 1.</exception>
    /// <exception cref="OperationCanceledException">The search was canceled.</exception>
    internal IReadOnlyList<NearPair> NearPairs(double threshold, CancellationToken cancellationToken = default)
    {
        if (threshold is not (>= -1 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "EmbeddingIndex.NearPairs: expected a similarity from -1 to 1.");
        List<NearPair>[] found = new List<NearPair>[Sizes.CeilingDivide(Count, RowsPerBlock)];
        ParallelLoop.For(found.Length, ExecutionOptions.Default.Threads, new Comparison(this, threshold, found, cancellationToken));
        return [.. found.SelectMany(pairs => pairs)];
    }

    /// <summary>Makes a vector's length 1, in place; false if it has no direction.</summary>
    internal static bool TryNormalize(Span<float> vector)
    {
        float largest = MaxMagnitude(vector);
        if (!(MathF.Abs(largest) > 0) || !float.IsFinite(largest)) return false;
        Divide(vector, MathF.Abs(largest), vector); // so that squares neither overflow nor underflow
        Divide(vector, Norm(vector), vector);
        return true;
    }

    /// <summary>The cosine similarity of two unit vectors, clamped because rounding may leave its range.</summary>
    internal static float Similarity(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => Math.Clamp(Dot(a, b), -1, 1);

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
        /// <remarks>Compares block with block, so that both stay in the cache.</remarks>
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
