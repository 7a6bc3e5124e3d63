namespace ResNetManaged.Training;

/// <summary>What a finished epoch was like: one line of a run's log.</summary>
public sealed record TrainingRecord
{
    /// <summary>The epoch's number, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>How many steps the run had made at its end.</summary>
    public required long Step { get; init; }

    /// <summary>The mean loss over the epoch's images, augmented and in training mode; with label smoothing and mixup where they are used.</summary>
    public required double TrainLoss { get; init; }

    /// <summary>The share of these images whose label had the largest logit, 0 to 1; with mixup the label of the larger share.</summary>
    public required double TrainAccuracy { get; init; }

    /// <summary>The mean cross-entropy over the validation images; null without validation.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The share of validation images whose label had the largest logit, 0 to 1; null without validation.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>The learning rate of the epoch's last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Training images a second, without the time of validation.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Seconds of training since the run began, validation included, pauses between interruption and resuming not.</summary>
    public required double Seconds { get; init; }
}
