using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Training.Optimizers;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Training;

/// <summary>How a <see cref="Trainer"/> trains. How images are changed at random belongs to its data: <see cref="ImageDataset.Samples"/>.</summary>
public sealed record TrainerOptions
{
    private readonly int _epochs = 30, _batchSize = 128, _microBatches = 1, _logSteps = 50;
    private readonly int? _patience, _checkpointSteps;
    private readonly double _weightDecay, _labelSmoothing;
    private readonly double? _movingAverage, _clipNorm;
    private readonly TimeSpan? _timeBudget;
    private readonly TimeSpan _checkpointInterval = TimeSpan.FromMinutes(5);

    /// <summary>Passes over the data, at least 1; 30 by default.</summary>
    public int Epochs { get => _epochs; init => _epochs = AtLeastOne(value, nameof(Epochs)); }

    /// <summary>
    /// Trains for as many of the epochs as fit into this time, found by timing the first steps, and in no case much longer; null, the default, for all.
    /// </summary>
    public TimeSpan? TimeBudget
    {
        get => _timeBudget;
        init => _timeBudget = value is not { } time || time > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(TimeBudget), value, "The time must be positive.");
    }

    /// <summary>Images in a step, at least 1; 128 by default. What does not fill a step is left out of its epoch.</summary>
    public int BatchSize { get => _batchSize; init => _batchSize = AtLeastOne(value, nameof(BatchSize)); }

    /// <summary>
    /// Parts in which a step computes its gradients, one after the other, to save memory; divides <see cref="BatchSize"/>; 1 by default. Batch norm sees
    /// one part at a time.
    /// </summary>
    public int MicroBatches { get => _microBatches; init => _microBatches = AtLeastOne(value, nameof(MicroBatches)); }

    /// <summary>
    /// Whether a step computes the activations inside residual blocks twice, to save memory: see <see cref="TrainingPlan"/>; false by default. It changes no
    /// bit, and a resumed run may have it otherwise.
    /// </summary>
    public bool Recompute { get; init; }

    /// <summary>The learning rate over the run.</summary>
    public LearningRatePlan Schedule { get; init; } = new();

    /// <summary>The optimizer; SGD with Nesterov's momentum of 0.9 by default.</summary>
    public OptimizerOptions Optimizer { get; init; } = new SgdOptions();

    /// <summary>Weight decay, 0 or more; 0 by default.</summary>
    public double WeightDecay { get => _weightDecay; init => _weightDecay = Require.FiniteNotNegative(value, nameof(WeightDecay)); }

    /// <summary>Whether weight decay also applies to batch norm and biases; false by default.</summary>
    public bool DecayNormAndBias { get; init; }

    /// <summary>What a parameter's learning rate is multiplied by, by its path; null, the default, for 1.</summary>
    public Func<string, double>? LearningRateFactor { get; init; }

    /// <summary>The share of each target that is spread over all classes, from 0, the default, to 1.</summary>
    public double LabelSmoothing
    {
        get => _labelSmoothing;
        init => _labelSmoothing = value is >= 0 and <= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(LabelSmoothing), value, "Label smoothing must be from 0 to 1.");
    }

    /// <summary>Mixes images with each other; null, the default, for not.</summary>
    public Mixup? Mixup { get; init; }

    /// <summary>
    /// What an <see cref="ExponentialMovingAverage"/> with warm-up keeps in a step; null, the default, for none. With one, its weights are validated and saved.
    /// </summary>
    public double? MovingAverage
    {
        get => _movingAverage;
        init => _movingAverage = value is double decay ? Require.Decay(decay, nameof(MovingAverage)) : null;
    }

    /// <summary>The largest norm of all gradients, positive; null, the default, for any.</summary>
    public double? ClipNorm { get => _clipNorm; init => _clipNorm = value is double norm ? Require.FinitePositive(norm, nameof(ClipNorm)) : null; }

    /// <summary>What order, augmentation and mixup follow from; 0 by default. The network's first weights are the caller's.</summary>
    public ulong Seed { get; init; }

    /// <summary>The order of an epoch; shuffled by default.</summary>
    public SampleOrder Order { get; init; }

    /// <summary>What to do about images that cannot be read; by default they are errors.</summary>
    public CorruptImages Corrupt { get; init; }

    /// <summary>Ends the run once validation was not better for so many epochs, at least 1; null, the default, for never.</summary>
    public int? Patience { get => _patience; init => _patience = value is int epochs ? AtLeastOne(epochs, nameof(Patience)) : null; }

    /// <summary>
    /// The safetensors file for the best epoch's weights. Beside it come <c>NAME.last.safetensors</c>, from which a run is resumed, and the log
    /// <c>NAME.log.jsonl</c>. Null, the default: nothing is written.
    /// </summary>
    public string? Output { get; init; }

    /// <summary>Strings to keep in both checkpoints; none by default.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The longest time between two checkpoints; 5 minutes by default. There is one at each epoch's end besides.</summary>
    public TimeSpan CheckpointInterval
    {
        get => _checkpointInterval;
        init => _checkpointInterval = value > TimeSpan.Zero
            ? value
            : throw new ArgumentOutOfRangeException(nameof(CheckpointInterval), value, "The time must be positive.");
    }

    /// <summary>The largest number of steps between two checkpoints, at least 1; null, the default, for any.</summary>
    public int? CheckpointSteps
    {
        get => _checkpointSteps;
        init => _checkpointSteps = value is int steps ? AtLeastOne(steps, nameof(CheckpointSteps)) : null;
    }

    /// <summary>Steps from one line of the log to the next within an epoch, at least 1; 50 by default.</summary>
    public int LogSteps { get => _logSteps; init => _logSteps = AtLeastOne(value, nameof(LogSteps)); }

    /// <summary>Threads, vector width and precision; null, the default, for <see cref="ExecutionOptions.Default"/>.</summary>
    public ExecutionOptions? Execution { get; init; }

    private static int AtLeastOne(int value, string name) =>
        value >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, "The number must be at least 1.");
}
