namespace ResNetManaged.Training;

/// <summary>The state of a run: reported after each step, and once more at the end of an epoch.</summary>
public sealed class TrainingProgress
{
    internal TrainingProgress() { }

    /// <summary>The epoch's number, from 1.</summary>
    public int Epoch { get; internal init; }

    /// <summary>The number of epochs.</summary>
    public int Epochs { get; internal init; }

    /// <summary>Steps taken in this epoch.</summary>
    public int Step { get; internal init; }

    /// <summary>Steps in an epoch.</summary>
    public int Steps { get; internal init; }

    /// <summary>The mean loss over the epoch's images so far.</summary>
    public double Loss { get; internal init; }

    /// <summary>The share of these images whose label had the largest logit, 0 to 1.</summary>
    public double Accuracy { get; internal init; }

    /// <summary>Images per second in this epoch so far.</summary>
    public double ImagesPerSecond { get; internal init; }

    /// <summary>The learning rate of the last step.</summary>
    public double LearningRate { get; internal init; }

    /// <summary>The estimated time to the end of the run, assuming it does not stop early.</summary>
    public TimeSpan TimeLeft { get; internal init; }

    /// <summary>The epoch's record if the epoch is finished; otherwise null.</summary>
    public TrainingRecord? Finished { get; internal init; }

    /// <summary>As <see cref="Trainer.TapeReason"/>: why training is slow; null if it is not.</summary>
    public string? TapeReason { get; internal init; }
}
