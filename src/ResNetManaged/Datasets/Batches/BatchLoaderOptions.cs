namespace ResNetManaged.Datasets.Batches;

/// <summary>How a <see cref="BatchLoader"/> makes batches. Threads and batches ahead do not change what is in them.</summary>
public sealed record BatchLoaderOptions
{
    private readonly int _batchSize = 128, _threads, _ahead = 2;

    /// <summary>Images in a batch; 128 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1.</exception>
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

    /// <summary>What all randomness follows from; 0 by default.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether images that do not fill a batch make a smaller last one; by default they are left out of their epoch.</summary>
    public bool KeepsLast { get; init; }

    /// <summary>Mixes images with each other; null, the default, for not.</summary>
    public Mixup? Mixup { get; init; }

    /// <summary>What to do about images that cannot be read; by default they are errors.</summary>
    public CorruptImages Corrupt { get; init; }

    /// <summary>The largest number of threads that load images; 0, the default, is <see cref="Environment.ProcessorCount"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int Threads
    {
        get => _threads == 0 ? Environment.ProcessorCount : _threads;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _threads = value;
        }
    }

    /// <summary>Batches that are loaded in the background while the caller works on one; 2 by default. With 0 each is loaded when it is asked for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public int Ahead
    {
        get => _ahead;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _ahead = value;
        }
    }
}
