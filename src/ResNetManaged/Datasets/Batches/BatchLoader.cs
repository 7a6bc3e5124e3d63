using ResNetManaged.Tensors;

namespace ResNetManaged.Datasets.Batches;

/// <summary>Makes the batches of an epoch: orders, loads, augments and normalizes images while the caller trains.</summary>
/// <remarks>
/// The content of a batch is a function of the seed, the epoch and the batch's number; it depends neither on threads nor on the batch at which a run started.
/// Memory is bounded: the buffers of three batches are reused.
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
    /// <exception cref="DatasetException">
    /// The source has too few inputs for one batch, or it has only one class and the order is not sequential.
    /// </exception>
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
                $"a batch takes {_options.BatchSize}; use smaller batches or keep the last one");
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

    /// <summary>The images that could not be read so far, by index.</summary>
    public IReadOnlyList<SkippedImage> Skipped => _reader.Skipped;

    /// <summary>The batches of an epoch, or the rest of them.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="firstBatch">The batch to start with: a resumed run gets the same batches as an uninterrupted one.</param>
    /// <param name="cancellationToken">Ends the wait for a batch.</param>
    /// <returns>The batches, each valid until the next is requested; enumerate them once, and one epoch at a time.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The epoch is negative, or there is no such batch.</exception>
    /// <exception cref="IOException">When enumerated: an image cannot be read. The message names it.</exception>
    /// <exception cref="InvalidOperationException">When enumerated: another enumeration has not ended.</exception>
    /// <exception cref="OperationCanceledException">When enumerated: the enumeration was canceled.</exception>
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
            throw new InvalidOperationException("BatchLoader: another enumeration has not ended; both would use the same memory.");
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
            Task.WaitAny([last], CancellationToken.None); // nothing writes to the buffers afterward; its result is reported or irrelevant
            Volatile.Write(ref _inUse, 0);
        }
    }

    /// <summary>
    /// Fills a batch once the previous one is full, so that no more threads load than allowed; fills it at once if nothing is loaded ahead.
    /// </summary>
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
