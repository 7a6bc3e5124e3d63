namespace ResNetManaged.Training;

/// <summary>The results of a finished epoch: one line of a run's log.</summary>
public sealed class TrainingRecord
{
    internal TrainingRecord() { }

    /// <summary>The epoch's number, from 1.</summary>
    public int Epoch { get; internal init; }

    /// <summary>The number of steps in the run when the epoch ended.</summary>
    public long Step { get; internal init; }

    /// <summary>The mean loss over the epoch's images, augmented and in training mode, including label smoothing and mixup.</summary>
    public double TrainLoss { get; internal init; }

    /// <summary>The share of these images whose label had the largest logit, 0 to 1; with mixup, the label with the larger weight.</summary>
    public double TrainAccuracy { get; internal init; }

    /// <summary>The mean cross-entropy over the validation images; null without validation.</summary>
    public double? ValidationLoss { get; internal init; }

    /// <summary>The share of validation images whose label had the largest logit, 0 to 1; null without validation.</summary>
    public double? ValidationAccuracy { get; internal init; }

    /// <summary>The learning rate of the epoch's last step.</summary>
    public double LearningRate { get; internal init; }

    /// <summary>Training images per second, not counting validation.</summary>
    public double ImagesPerSecond { get; internal init; }

    /// <summary>Seconds of training since the run began, including validation but not the pauses before resuming.</summary>
    public double Seconds { get; internal init; }
}
