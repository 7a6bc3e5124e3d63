namespace ResNetManaged.Training;

/// <summary>Why a run ended.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs were made.</summary>
    Completed,

    /// <summary>Validation did not get better for as many epochs as the patience allows.</summary>
    EarlyStopping,

    /// <summary>The time was up.</summary>
    TimeBudget,
}

/// <summary>What a finished run came to: the last line of its log.</summary>
public sealed record TrainingSummary
{
    /// <summary>Why it ended.</summary>
    public required TrainingEnd End { get; init; }

    /// <summary>How many epochs were finished.</summary>
    public required int Epochs { get; init; }

    /// <summary>How many steps were made.</summary>
    public required long Steps { get; init; }

    /// <summary>Seconds of training, as <see cref="TrainingRecord.Seconds"/>.</summary>
    public required double Seconds { get; init; }

    /// <summary>The epoch, from 1, whose weights are the best checkpoint: with the highest validation accuracy, or the last one without validation.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>The best epoch's validation loss; null without validation.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The best epoch's validation accuracy, 0 to 1; null without validation.</summary>
    public double? ValidationAccuracy { get; init; }

    /// <summary>The names of the classes, by label.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>
    /// The best epoch's confusions on the validation images, class by class: at [actual * classes + predicted] how many images with the one label were
    /// taken for the other; empty without validation.
    /// </summary>
    public IReadOnlyList<int> Confusion { get; init; } = [];
}
