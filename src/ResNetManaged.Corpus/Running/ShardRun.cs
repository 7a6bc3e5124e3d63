using System.Collections.Concurrent;
using System.Security.Cryptography;
using ResNetManaged.Corpus.Inputs;
using ResNetManaged.Corpus.Writing;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Corpus.Running;

/// <summary>Computes one shard: into files of its own in the folder <c>work</c>, which are moved to their names when complete, the manifest last.</summary>
internal sealed class ShardRun<T>(CorpusPlan plan, int shard, ShardComputation<T> computation) where T : class
{
    private const int FewPictures = 10; // if fewer cannot be opened, it is their fault rather than a disk's that is not there

    private readonly ConcurrentQueue<CorpusItem> _inWork = new(); // pictures of which the results are not written yet
    private long _items, _unreadable;

    /// <summary>Computes the shard unless it is done or another process computes it.</summary>
    /// <returns>The manifest; null if another process computes the shard.</returns>
    /// <exception cref="ShardException">The input cannot be read.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public ShardManifest? TryRun(IProgress<long>? progress, CancellationToken cancellationToken)
    {
        if (ShardManifest.Find(plan, shard) is { } done) return done;
        using ShardJournal? journal = ShardJournal.TryOpen(Leftovers.JournalOf(plan, shard));
        if (journal is null) return null;
        Leftovers.Remove(plan, shard);
        if (ShardManifest.Find(plan, shard) is { } other)
        {
            journal.Complete();
            return other;
        }
        string attempt = Path.Combine(plan.WorkFolder, $"{CorpusPlan.NameOf(shard)}.{Guid.NewGuid():N}");
        try
        {
            ShardManifest manifest = Commit(attempt, Compute(attempt, journal, progress, cancellationToken));
            journal.Complete();
            return manifest;
        }
        finally
        {
            Leftovers.Remove(plan, shard);
        }
    }

    private (ShardManifest Manifest, IReadOnlyList<string> Extensions) Compute(
        string attempt, ShardJournal journal, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        using ResultWriter<T> writer = computation.CreateWriter(extension => attempt + extension);
        using ErrorWriter errors = new(attempt + ErrorWriter.Extension);
        ShardInput input = plan.InputOf(shard);
        using IEnumerator<CorpusItem> items = input.Read(plan.Reading).GetEnumerator();
        bool hasNext = items.MoveNext();
        long started = 0;
        while (hasNext)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (started >= journal.CarefulStart && started < journal.CarefulEnd) Alone();
            else Write(Series(started < journal.CarefulStart ? journal.CarefulStart : long.MaxValue));
        }
        if (input.Count is long planned && planned != _items) throw new ShardException(shard, $"it has {_items} pictures; {planned} were planned");
        if (_unreadable == _items && _items >= FewPictures)
            throw new ShardException(shard, $"none of its {_items} pictures can be opened, such as '{input.FullName(LastName)}'; expected their folder to be there");
        writer.Finish();
        errors.Finish();
        string[] extensions = errors.Count > 0 ? [.. writer.Extensions, ErrorWriter.Extension] : [.. writer.Extensions];
        return (new ShardManifest(plan.Id, shard, _items, _items - errors.Count, errors.Count, input.Others, []), extensions);

        IEnumerable<ImageSource> Series(long end)
        {
            while (hasNext && started < end)
            {
                CorpusItem item = items.Current;
                journal.Start(started);
                _inWork.Enqueue(item);
                yield return journal.IsKiller(started++) ? KillerOf(item) : item.Source;
                hasNext = items.MoveNext();
            }
        }

        void Alone()
        {
            long index = started++;
            _inWork.Enqueue(items.Current);
            Write([journal.TryAlone(index) ? items.Current.Source : KillerOf(items.Current)]);
            journal.Pass(index);
            hasNext = items.MoveNext();
        }

        void Write(IEnumerable<ImageSource> sources)
        {
            foreach (ImageResult<T> result in computation.Compute(sources, cancellationToken))
            {
                _inWork.TryDequeue(out CorpusItem? item);
                if (result.Succeeded) writer.Write(item!, result.Value);
                else
                {
                    if (result.Error is ImageException { Failure: ImageFailure.Unreadable }) (_unreadable, LastName) = (_unreadable + 1, item!.Name);
                    errors.Write(_items, item!.Name, ErrorWriter.ReasonOf(result.Error));
                }
                journal.Finish(++_items);
                progress?.Report(_items);
            }
        }
    }

    private string LastName { get; set; } = "";

    private static ImageSource KillerOf(CorpusItem item) => new(item.Name, () => throw new ImageException(
        item.Name, $"the process died {ShardJournal.MostStrikes} times while it worked on this picture alone", null));

    private ShardManifest Commit(string attempt, (ShardManifest Manifest, IReadOnlyList<string> Extensions) result)
    {
        ShardManifest manifest = result.Manifest with { Files = [.. result.Extensions.Select(extension => Describe(attempt + extension, extension))] };
        if (ShardManifest.Find(plan, shard) is { } other) return other; // on a disk without locks
        foreach (string extension in result.Extensions) File.Move(attempt + extension, plan.PathOf(shard, extension), overwrite: true);
        foreach (string extension in Leftovers.Extensions.Except(result.Extensions)) File.Delete(plan.PathOf(shard, extension)); // of an attempt that died here
        using (FileStream file = new(attempt + ".json", FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            file.Write(manifest.ToJson().Span);
            file.WriteByte((byte)'\n');
            file.Flush(flushToDisk: true);
        }
        return NewFile.TryMove(attempt + ".json", plan.PathOf(shard, ".json")) ? manifest : ShardManifest.Find(plan, shard) ?? manifest;
    }

    private ShardFile Describe(string path, string extension)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        return new ShardFile(CorpusPlan.NameOf(shard) + extension, file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }
}
