using ResNetManaged.Datasets;
using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Training;

/// <summary>How a <see cref="Trainer"/> trains.</summary>
public sealed record TrainerOptions
{
    private readonly int _epochs = 30, _batchSize = 128, _microBatches = 1, _logSteps = 50;
    private readonly int? _patience, _checkpointSteps;
    private readonly double _learningRate = 0.1, _warmUpEpochs, _weightDecay, _labelSmoothing;
    private readonly double? _mixup, _movingAverage, _clipNorm;
    private readonly TimeSpan? _timeBudget;
    private readonly TimeSpan _checkpointInterval = TimeSpan.FromMinutes(5);

    /// <summary>Passes over the data, at least 1; 30 by default.</summary>
    public int Epochs { get => _epochs; init => _epochs = Require.Positive(value, nameof(Epochs)); }

    /// <summary>
    /// Trains for as many of the epochs as fit into this time, estimated by timing the first steps, and ends when the time is up. Null by default: no limit.
    /// </summary>
    public TimeSpan? TimeBudget
    {
        get => _timeBudget;
        init => _timeBudget = value is TimeSpan time ? Require.Positive(time, nameof(TimeBudget)) : null;
    }

    /// <summary>Images per step, at least 1; 128 by default. Images that do not fill a step are left out of the epoch.</summary>
    public int BatchSize { get => _batchSize; init => _batchSize = Require.Positive(value, nameof(BatchSize)); }

    /// <summary>
    /// The number of equal parts in which a step computes its gradients, to save memory; divides <see cref="BatchSize"/>; 1 by default. Batch norm sees one
    /// part at a time.
    /// </summary>
    public int MicroBatches { get => _microBatches; init => _microBatches = Require.Positive(value, nameof(MicroBatches)); }

    /// <summary>
    /// Whether the gradients of the parts are summed in a fixed binary tree, whose bits do not depend on which process computes which part; false by default:
    /// each part is added to the sum of those before it. Takes log2 of <see cref="MicroBatches"/> more copies of the gradients.
    /// </summary>
    internal bool ReducesInTree { get; init; }

    /// <summary>
    /// Whether to compute the activations inside residual blocks twice instead of keeping them, to save memory; false by default. It changes no bit of the
    /// results, and may differ in a resumed run. See <see cref="TrainingPlan"/>.
    /// </summary>
    public bool Recompute { get; init; }

    /// <summary>How the learning rate changes over the run; one-cycle by default.</summary>
    public LearningRateShape Schedule { get; init; }

    /// <summary>The largest learning rate; finite, at least 0; 0.1 by default.</summary>
    public double LearningRate { get => _learningRate; init => _learningRate = Require.FiniteNotNegative(value, nameof(LearningRate)); }

    /// <summary>Epochs of linear warm-up at the start of the run; 0 by default. One-cycle needs none.</summary>
    public double WarmUpEpochs { get => _warmUpEpochs; init => _warmUpEpochs = Require.FiniteNotNegative(value, nameof(WarmUpEpochs)); }

    /// <summary>Creates the optimizer for the network's parameters; by default <see cref="Sgd"/> with a Nesterov momentum of 0.9.</summary>
    public Func<IReadOnlyList<ParameterGroup>, Optimizer> Optimizer { get; init; } = groups => new Sgd(groups, momentum: 0.9, nesterov: true);

    /// <summary>Weight decay, 0 or more; 0 by default.</summary>
    public double WeightDecay { get => _weightDecay; init => _weightDecay = Require.FiniteNotNegative(value, nameof(WeightDecay)); }

    /// <summary>Whether weight decay also applies to batch norm and biases; false by default.</summary>
    public bool DecayNormAndBias { get; init; }

    /// <summary>The factor on the learning rate of a parameter, given its path; null by default: 1 for all.</summary>
    public Func<string, double>? LearningRateFactor { get; init; }

    /// <summary>The share of each target that is spread over all classes, 0 to 1; 0 by default.</summary>
    public double LabelSmoothing { get => _labelSmoothing; init => _labelSmoothing = Require.Share(value, nameof(LabelSmoothing)); }

    /// <summary>How <see cref="Trainer.Create"/> changes training images at random; null by default: not at all.</summary>
    /// <remarks>The samples given to <see cref="Trainer"/>'s constructor come with their own: <see cref="ImageDataset.Samples"/>.</remarks>
    public TrainingAugmentation? Augmentation { get; init; }

    /// <summary>
    /// Replaces each image by its weighted mean with another one of the batch, with weights drawn from Beta(a, a), where a is this value, above 0;
    /// null by default: no mixing. Zhang et al. 2018, arXiv:1710.09412, use 0.1 to 0.4 for ImageNet and 1 for CIFAR-10.
    /// </summary>
    public double? Mixup { get => _mixup; init => _mixup = value is double alpha ? Require.FinitePositive(alpha, nameof(Mixup)) : null; }

    /// <summary>
    /// The share of the averaged weights that a step keeps, at least 0 and below 1, such as 0.999; null by default: no averaging. With averaging, the
    /// averaged weights are validated and saved.
    /// </summary>
    public double? MovingAverage
    {
        get => _movingAverage;
        init => _movingAverage = value is double decay ? Require.Decay(decay, nameof(MovingAverage)) : null;
    }

    /// <summary>The largest norm of all gradients together, positive; null by default: no clipping.</summary>
    public double? ClipNorm { get => _clipNorm; init => _clipNorm = value is double norm ? Require.FinitePositive(norm, nameof(ClipNorm)) : null; }

    /// <summary>
    /// The seed for order, augmentation and mixup and, in <see cref="Trainer.Create"/>, for the validation split and the initial weights; 0 by
    /// default.
    /// </summary>
    public ulong Seed { get; init; }

    /// <summary>The order of an epoch; shuffled by default.</summary>
    public SampleOrder Order { get; init; }

    /// <summary>What to do about images that cannot be read; by default they are errors.</summary>
    public CorruptImages Corrupt { get; init; }

    /// <summary>Ends the run when validation has not improved for this many epochs, at least 1; null by default: never.</summary>
    public int? Patience { get => _patience; init => _patience = value is int epochs ? Require.Positive(epochs, nameof(Patience)) : null; }

    /// <summary>
    /// The safetensors file for the best epoch's weights, <c>NAME.safetensors</c>. Next to it the run writes <c>NAME.last.safetensors</c>, to resume from, and
    /// the log <c>NAME.log.jsonl</c>. Null by default: no files.
    /// </summary>
    public string? Output { get; init; }

    /// <summary>Strings to keep in both checkpoints; none by default.</summary>
    internal IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>The longest time between two checkpoints; 5 minutes by default. Each epoch also ends with one.</summary>
    public TimeSpan CheckpointInterval
    {
        get => _checkpointInterval;
        init => _checkpointInterval = Require.Positive(value, nameof(CheckpointInterval));
    }

    /// <summary>The largest number of steps between two checkpoints, at least 1; null by default: no limit.</summary>
    internal int? CheckpointSteps
    {
        get => _checkpointSteps;
        init => _checkpointSteps = value is int steps ? Require.Positive(steps, nameof(CheckpointSteps)) : null;
    }

    /// <summary>Steps between two lines of the log within an epoch, at least 1; 50 by default.</summary>
    internal int LogSteps { get => _logSteps; init => _logSteps = Require.Positive(value, nameof(LogSteps)); }

    /// <summary>Threads, vector width and precision; null by default, for <see cref="ExecutionOptions.Default"/>.</summary>
    public ExecutionOptions? Execution { get; init; }
}
