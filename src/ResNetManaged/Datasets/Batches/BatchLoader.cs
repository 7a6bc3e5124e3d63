using ResNetManaged.Tensors;

namespace ResNetManaged.Datasets.Batches;

/// <summary>Makes the batches of an epoch: orders, loads, augments and normalises, while the caller trains.</summary>
/// <remarks>
/// What is in a batch follows from the seed, the epoch and the batch's number: neither from threads nor from where a run began. Memory is bounded: there are
/// <see cref="BatchLoaderOptions.Ahead"/> + 1 batches, whose buffers are used again and again.
/// </remarks>
public sealed class BatchLoader
{
    private readonly SampleSource _source;
    private readonly BatchLoaderOptions _options;
    private readonly SampleReader _reader;
    private readonly EpochOrder _order;
    private readonly BatchFill _fill;
    private readonly TrainingBatch[] _batches;
    private int _inUse;

    /// <summary>Creates the loader.</summary>
    /// <param name="source">The inputs.</param>
    /// <param name="options">Batch size, order, seed and so on; null for the defaults.</param>
    /// <exception cref="DatasetException">There is nothing to make a batch of, or a single class where the order is not sequential.</exception>
    public BatchLoader(SampleSource source, BatchLoaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        _source = source;
        _options = options ?? new BatchLoaderOptions();
        if (_options.Order != SampleOrder.Sequential) source.RequireClasses();
        BatchesPerEpoch = _options.KeepsLast ? Sizes.CeilingDivide(source.Count, _options.BatchSize) : source.Count / _options.BatchSize;
        if (BatchesPerEpoch == 0)
        {
            throw new DatasetException(source.Name, $"has {source.Count} images",
                $"a batch takes {_options.BatchSize}; make batches smaller or keep the last one");
        }
        _reader = new SampleReader(source, _options.Seed, _options.Corrupt);
        _order = new EpochOrder(source, _options.Order, _options.Seed);
        _fill = new BatchFill(source, _reader, _options);
        _batches = new TrainingBatch[Math.Min(_options.Ahead + 1, BatchesPerEpoch)];
        int size = Math.Min(_options.BatchSize, source.Count);
        for (int i = 0; i < _batches.Length; i++) _batches[i] = new TrainingBatch(size, source.InputShape, _options.Mixup is not null);
    }

    /// <summary>The number of batches in an epoch.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>The images that were found unreadable so far, by index.</summary>
    public IReadOnlyList<SkippedImage> Skipped => _reader.Skipped;

    /// <summary>The batches of an epoch, or its rest.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="firstBatch">The batch to begin with: a resumed run gets the very batches that it would have got.</param>
    /// <param name="cancellationToken">Ends the wait for a batch.</param>
    /// <returns>The batches, each valid until the next is asked for; enumerate them once, and one epoch at a time.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The epoch is negative, or there is no such batch.</exception>
    /// <exception cref="IOException">When enumerated: an image cannot be read. The message names it.</exception>
    /// <exception cref="InvalidOperationException">When enumerated: another enumeration has not ended.</exception>
    /// <exception cref="OperationCanceledException">When enumerated: it was cancelled.</exception>
    public IEnumerable<TrainingBatch> Epoch(int epoch, int firstBatch = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstBatch, BatchesPerEpoch);
        return Enumerate(epoch, firstBatch, cancellationToken);
    }

    private IEnumerable<TrainingBatch> Enumerate(int epoch, int firstBatch, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _inUse, 1) != 0)
            throw new InvalidOperationException("BatchLoader: an enumeration has not ended; its batches lie in the memory that another one would use.");
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task last = Task.CompletedTask;
        try
        {
            int[] items = _order.Of(epoch);
            Task[] filling = new Task[_batches.Length];
            int started = firstBatch;
            for (int number = firstBatch; number < BatchesPerEpoch; number++)
            {
                for (; started < Math.Min(number + _batches.Length, BatchesPerEpoch); started++)
                    filling[started % _batches.Length] = last = Fill(started, epoch, items, after: last, stop.Token);
                cancellationToken.ThrowIfCancellationRequested();
                filling[number % _batches.Length].GetAwaiter().GetResult();
                yield return _batches[number % _batches.Length];
            }
        }
        finally
        {
            stop.Cancel();
            Task.WaitAny([last], CancellationToken.None); // then nobody writes to the buffers any more; how it ended was told or does not matter
            Volatile.Write(ref _inUse, 0);
        }
    }

    /// <summary>Fills a batch: once the one before is full, so that no more threads load than asked for; at once where nothing is to be ahead.</summary>
    private Task Fill(int number, int epoch, int[] items, Task after, CancellationToken cancellation)
    {
        TrainingBatch batch = _batches[number % _batches.Length];
        int first = number * _options.BatchSize;
        ArraySegment<int> itemsOfBatch = new(items, first, Math.Min(_options.BatchSize, items.Length - first));
        if (_options.Ahead > 0)
            return after.ContinueWith(_ => Run(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        Run();
        return Task.CompletedTask;

        void Run() => _fill.Run(batch, number, epoch, itemsOfBatch, cancellation);
    }
}
