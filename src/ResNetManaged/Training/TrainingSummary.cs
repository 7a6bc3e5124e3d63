namespace ResNetManaged.Training;

/// <summary>Why a run ended.</summary>
public enum TrainingEnd
{
    /// <summary>It finished all epochs.</summary>
    Completed,

    /// <summary>Validation did not improve for as many epochs as <see cref="TrainerOptions.Patience"/> allows.</summary>
    EarlyStopping,

    /// <summary>The <see cref="TrainerOptions.TimeBudget"/> was used up.</summary>
    TimeBudget,
}

/// <summary>The results of a finished run: the last line of its log.</summary>
public sealed class TrainingSummary
{
    internal TrainingSummary() { }

    /// <summary>Why the run ended.</summary>
    public TrainingEnd End { get; internal init; }

    /// <summary>The number of finished epochs.</summary>
    public int Epochs { get; internal init; }

    /// <summary>The number of steps.</summary>
    public long Steps { get; internal init; }

    /// <summary>Seconds of training, as <see cref="TrainingRecord.Seconds"/>.</summary>
    public double Seconds { get; internal init; }

    /// <summary>The epoch whose weights were kept, from 1: the one with the highest validation accuracy, or without validation the last.</summary>
    public int BestEpoch { get; internal init; }

    /// <summary>The best epoch's validation loss; null without validation.</summary>
    public double? ValidationLoss { get; internal init; }

    /// <summary>The best epoch's validation accuracy, 0 to 1; null without validation.</summary>
    public double? ValidationAccuracy { get; internal init; }

    /// <summary>The names of the classes, by label.</summary>
    public IReadOnlyList<string> ClassNames { get; internal init; } = [];

    /// <summary>
    /// The best epoch's confusion matrix on the validation images, row by row: [actual * classes + predicted] is the number of images with one label that were
    /// predicted as the other. Empty without validation.
    /// </summary>
    public IReadOnlyList<int> Confusion { get; internal init; } = [];
}
