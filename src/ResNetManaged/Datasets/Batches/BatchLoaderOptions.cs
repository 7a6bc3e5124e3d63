namespace ResNetManaged.Datasets.Batches;

/// <summary>How a <see cref="BatchLoader"/> makes batches. <see cref="Threads"/> does not change their content.</summary>
public sealed class BatchLoaderOptions
{
    private readonly int _batchSize = 128, _threads, _ahead = 2;

    /// <summary>Images per batch, at least 1; 128 by default.</summary>
    public int BatchSize
    {
        get => _batchSize;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(BatchSize));
            _batchSize = value;
        }
    }

    /// <summary>The order of an epoch; shuffled by default.</summary>
    public SampleOrder Order { get; init; }

    /// <summary>The seed for all random choices; 0 by default.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether leftover images form a smaller last batch; by default they are left out of the epoch.</summary>
    public bool KeepsLast { get; init; }

    /// <summary>What to do about images that cannot be read; by default they are errors.</summary>
    public CorruptImages Corrupt { get; init; }

    /// <summary>The largest number of threads that load images; 0 by default, for <see cref="Environment.ProcessorCount"/>.</summary>
    public int Threads
    {
        get => _threads == 0 ? Environment.ProcessorCount : _threads;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(Threads));
            _threads = value;
        }
    }

    /// <summary>Mixes images with each other; null by default: no mixing.</summary>
    internal Mixup? Mixup { get; init; }

    /// <summary>
    /// The number of batches to load ahead while the caller works on one; 2 by default. With 0, each is loaded when it is requested.
    /// </summary>
    internal int Ahead
    {
        get => _ahead;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value, nameof(Ahead));
            _ahead = value;
        }
    }
}
