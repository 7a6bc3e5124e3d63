using System.Globalization;
using System.Text.Json;
using ResNetManaged.Corpus.Writing;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Search;

namespace ResNetManaged.Corpus.Search;

/// <summary>Finds the vectors nearest to a query in the finished shards of a corpus, or in one array of any size. Exact: it reads every vector.</summary>
/// <remarks>Files are mapped into memory one by one, so memory does not grow with them. Vectors of equal similarity come in the order of shards and rows.</remarks>
public sealed class CorpusSearch
{
    private const int RowsPerItem = 1024;

    private readonly IReadOnlyList<(string Array, Func<long, string> NameOf)> _files;

    private CorpusSearch(IReadOnlyList<(string, Func<long, string>)> files, int dimensions) => (_files, Dimensions) = (files, dimensions);

    /// <summary>The number of elements of a vector.</summary>
    public int Dimensions { get; }

    /// <summary>The vectors that the last search skipped, because they are 0 or not finite and have no direction.</summary>
    public long Skipped { get; private set; }

    /// <summary>Searches the vectors of a corpus.</summary>
    /// <param name="plan">The plan.</param>
    /// <returns>The search, over the shards that are done now.</returns>
    /// <exception cref="CorpusException">No shard is done, or the corpus has no arrays of vectors.</exception>
    public static CorpusSearch Open(CorpusPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Classes > 0 || plan.Format != VectorFormat.Npy)
            throw new CorpusException($"The corpus '{plan.Folder}' has no arrays of vectors; expected one planned with --embed and --format npy.");
        List<(string, Func<long, string>)> files = [];
        for (int i = 0; i < plan.ShardCount; i++)
        {
            int shard = i;
            if (ShardManifest.Find(plan, shard) is { Rows: > 0 })
                files.Add((plan.PathOf(shard, VectorArrayWriter.ArrayExtension), row => plan.InputOf(shard).FullName(NameIn(plan.PathOf(shard, VectorArrayWriter.LinesExtension), row))));
        }
        return files.Count > 0 ? new CorpusSearch(files, plan.Dimensions)
            : throw new CorpusException($"The corpus '{plan.Folder}' has no vectors yet; run 'resnet corpus run {plan.Folder}' first.");
    }

    /// <summary>Searches an array.</summary>
    /// <param name="path">A <c>.npy</c> file of float32 rows.</param>
    /// <param name="names">A name for each row; null for none.</param>
    /// <returns>The search.</returns>
    /// <exception cref="FormatException">The file is not such an array.</exception>
    /// <exception cref="ArgumentException">The number of names is not the number of rows.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static CorpusSearch Open(string path, IReadOnlyList<string>? names = null)
    {
        using VectorFile file = new(path);
        if (names is not null && names.Count != file.Rows)
            throw new ArgumentException($"CorpusSearch: {names.Count} names were given for {file.Rows} vectors.", nameof(names));
        return new CorpusSearch([(path, row => names?[(int)row] ?? row.ToString(CultureInfo.InvariantCulture))], file.Dimensions);
    }

    /// <summary>Finds the vectors nearest to a query.</summary>
    /// <param name="query">A vector of <see cref="Dimensions"/> elements, which need not be normalized.</param>
    /// <param name="top">The number of vectors to return, at least 1.</param>
    /// <param name="threads">The number of threads; 0 for all processors.</param>
    /// <param name="cancellationToken">Checked between files.</param>
    /// <returns>The nearest vectors, nearest first.</returns>
    /// <exception cref="ArgumentException">The query has a different number of elements, or no direction.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public IReadOnlyList<CorpusNeighbor> Nearest(ReadOnlySpan<float> query, int top = 5, int threads = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(top);
        if (query.Length != Dimensions) throw new ArgumentException($"CorpusSearch.Nearest: the query has {query.Length} elements; expected {Dimensions}.", nameof(query));
        float[] direction = query.ToArray();
        if (!EmbeddingIndex.TryNormalize(direction)) throw new ArgumentException("CorpusSearch.Nearest: the query has no direction: it is zero or not finite.", nameof(query));
        int workers = threads > 0 ? threads : ExecutionOptions.Default.Threads;
        Skipped = 0;
        List<(float Similarity, int File, long Row)> best = [];
        for (int i = 0; i < _files.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using VectorFile file = new(_files[i].Array);
            if (file.Dimensions != Dimensions) throw new CorpusException($"'{_files[i].Array}' has vectors of {file.Dimensions} elements; expected {Dimensions}.");
            Part[] parts = new Part[(int)((file.Rows + RowsPerItem - 1) / RowsPerItem)];
            ParallelLoop.For(parts.Length, workers, new Scan(file, direction, top, parts));
            int number = i;
            best.AddRange(parts.SelectMany(part => part.Best.Select(found => (found.Similarity, number, found.Row))));
            Skipped += parts.Sum(part => part.Skipped);
            best = [.. best.OrderByDescending(found => found.Similarity).ThenBy(found => found.File).ThenBy(found => found.Row).Take(top)];
        }
        return [.. best.Select(found => new CorpusNeighbor(_files[found.File].NameOf(found.Row), found.Similarity))];
    }

    private static string NameIn(string lines, long row) =>
        JsonElement.Parse(File.ReadLines(lines).Skip((int)row).First()).GetProperty("file").GetString()!;

    private readonly record struct Part(List<(float Similarity, long Row)> Best, int Skipped);

    private readonly struct Scan(VectorFile file, float[] direction, int top, Part[] parts) : IWork
    {
        public void Run(int item)
        {
            List<(float Similarity, long Row)> best = new(Math.Min(top, RowsPerItem));
            float[] scratch = new float[file.Dimensions];
            int skipped = 0;
            long end = Math.Min((item + 1L) * RowsPerItem, file.Rows);
            for (long row = (long)item * RowsPerItem; row < end; row++)
            {
                file.Row(row).CopyTo(scratch);
                if (!EmbeddingIndex.TryNormalize(scratch))
                {
                    skipped++;
                    continue;
                }
                float similarity = EmbeddingIndex.Similarity(scratch, direction);
                if (best.Count == top && similarity <= best[^1].Similarity) continue;
                int place = best.Count;
                while (place > 0 && best[place - 1].Similarity < similarity) place--;
                best.Insert(place, (similarity, row));
                if (best.Count > top) best.RemoveAt(top);
            }
            parts[item] = new Part(best, skipped);
        }
    }
}
