using ResNetManaged.Training;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.FineTuning;

/// <summary>How a <see cref="HeadTrainer"/> trains: <see cref="AdamW"/>, with a learning rate that falls along half a cosine.</summary>
internal sealed record HeadTrainingOptions
{
    private readonly int _epochs = 100, _batchSize = 64;
    private readonly double _learningRate = 1e-3, _weightDecay = 0.01;

    /// <summary>Passes over the features, at least 1; 100 by default, which takes about a second for a thousand images.</summary>
    public int Epochs { get => _epochs; init => _epochs = Require.Positive(value, nameof(Epochs)); }

    /// <summary>Rows per step, at least 1; 64 by default. If there are fewer, a step takes all of them.</summary>
    public int BatchSize { get => _batchSize; init => _batchSize = Require.Positive(value, nameof(BatchSize)); }

    /// <summary>The first learning rate, positive; 0.001 by default.</summary>
    public double LearningRate { get => _learningRate; init => _learningRate = Require.FinitePositive(value, nameof(LearningRate)); }

    /// <summary>Weight decay of the matrix, 0 or more; 0.01 by default.</summary>
    public double WeightDecay { get => _weightDecay; init => _weightDecay = Require.FiniteNotNegative(value, nameof(WeightDecay)); }

    /// <summary>The seed for the order of the rows; 0 by default.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads and vector width; null by default, for <see cref="ExecutionOptions.Default"/>.</summary>
    public ExecutionOptions? Execution { get; init; }

    /// <summary>These settings in the form that the step and the schedule, which all trainers share, expect.</summary>
    /// <param name="batchSize">The actual number of rows per step.</param>
    public TrainerOptions ToTrainerOptions(int batchSize) => new()
    {
        Epochs = Epochs,
        BatchSize = batchSize,
        Schedule = LearningRateShape.Cosine,
        LearningRate = LearningRate,
        WeightDecay = WeightDecay,
        Optimizer = groups => new AdamW(groups),
        Seed = Seed,
    };
}
