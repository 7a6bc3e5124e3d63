using ResNetManaged.Training;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.FineTuning;

/// <summary>How <see cref="HeadTrainer"/> trains: <see cref="AdamW"/>, the learning rate down along half a cosine.</summary>
public sealed record HeadTrainingOptions
{
    private readonly int _epochs = 100, _batchSize = 64;
    private readonly double _learningRate = 1e-3, _weightDecay = 0.01;

    /// <summary>Passes over the features, at least 1; 100 by default, which for a thousand images take about a second.</summary>
    public int Epochs
    {
        get => _epochs;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(Epochs));
            _epochs = value;
        }
    }

    /// <summary>Rows in a step, at least 1; 64 by default. Where there are fewer, all.</summary>
    public int BatchSize
    {
        get => _batchSize;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, nameof(BatchSize));
            _batchSize = value;
        }
    }

    /// <summary>The first learning rate, positive; 0.001 by default.</summary>
    public double LearningRate { get => _learningRate; init => _learningRate = Require.FinitePositive(value, nameof(LearningRate)); }

    /// <summary>Weight decay of the matrix, 0 or more; 0.01 by default.</summary>
    public double WeightDecay { get => _weightDecay; init => _weightDecay = Require.FiniteNotNegative(value, nameof(WeightDecay)); }

    /// <summary>What the order of the rows follows from; 0 by default. The head's first weights are the caller's.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads and vector width; null, the default, for <see cref="ExecutionOptions.Default"/>.</summary>
    public ExecutionOptions? Execution { get; init; }
}
