using System.Collections.Concurrent;
using ResNetManaged.Corpus.Inputs;
using ResNetManaged.Corpus.Writing;
using ResNetManaged.Imaging;

namespace ResNetManaged.Corpus.Running;

/// <summary>Computes some pictures of a finished shard again and compares the bytes that they would be written as with those of the files.</summary>
internal sealed class ShardComparison<T>(CorpusPlan plan, int shard, ShardComputation<T> computation) where T : class
{
    /// <summary>Compares.</summary>
    /// <param name="isChosen">Chooses pictures by their number in the shard.</param>
    /// <param name="difference">The first difference as a sentence; null if there is none.</param>
    /// <param name="cancellationToken">Checked between pictures.</param>
    /// <returns>The number of equal results.</returns>
    /// <exception cref="ShardException">The input cannot be read.</exception>
    public long Run(Predicate<long> isChosen, out string? difference, CancellationToken cancellationToken)
    {
        HashSet<long> failed = ErrorWriter.ItemsIn(plan.PathOf(shard, ErrorWriter.Extension));
        ConcurrentQueue<(long Row, CorpusItem Item)> inWork = new();
        long equal = 0;
        difference = null;
        string scratch = Path.Combine(plan.WorkFolder, $"{CorpusPlan.NameOf(shard)}.{Guid.NewGuid():N}.verify");
        Directory.CreateDirectory(plan.WorkFolder);
        string[] written = [];
        try
        {
            List<long> rows = [];
            using (ResultWriter<T> writer = computation.CreateWriter(extension => scratch + extension))
            {
                written = [.. writer.Extensions.Select(extension => scratch + extension)];
                foreach (ImageResult<T> result in computation.Compute(Chosen(), cancellationToken))
                {
                    if (!inWork.TryDequeue(out (long Row, CorpusItem Item) next)) break;
                    (long row, CorpusItem item) = next;
                    if (!result.Succeeded)
                    {
                        difference ??= $"'{item.Name}' cannot be read any more: {ErrorWriter.ReasonOf(result.Error)}.";
                        continue;
                    }
                    writer.Write(item, result.Value);
                    rows.Add(row);
                }
                writer.Finish();
                foreach (string extension in writer.Extensions)
                {
                    using RowReader again = RowReader.Open(scratch + extension), before = RowReader.Open(plan.PathOf(shard, extension));
                    for (int i = 0; i < rows.Count && difference is null; i++)
                    {
                        if (!again.Read(i).SequenceEqual(before.Read(rows[i]))) difference = $"row {rows[i]} of '{plan.PathOf(shard, extension)}' has other bits when it is computed again.";
                    }
                }
            }
            equal = difference is null ? rows.Count : 0;
        }
        finally
        {
            foreach (string file in written) File.Delete(file);
        }
        return equal;

        IEnumerable<ImageSource> Chosen()
        {
            long item = 0, row = 0;
            foreach (CorpusItem next in plan.InputOf(shard).Read(plan.Reading))
            {
                bool hasRow = !failed.Contains(item);
                if (hasRow && isChosen(item))
                {
                    inWork.Enqueue((row, next));
                    yield return next.Source;
                }
                if (hasRow) row++;
                item++;
            }
        }
    }
}
