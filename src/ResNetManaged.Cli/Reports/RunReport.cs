using ResNetManaged.Inference;
using ResNetManaged.Preprocessing;
using ResNetManaged.Training;

namespace ResNetManaged.Cli.Reports;

/// <summary>The content of a report on a training run.</summary>
internal sealed record RunReport
{
    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>All epochs.</summary>
    public required IReadOnlyList<TrainingRecord> Epochs { get; init; }

    /// <summary>The epoch whose weights were kept, from 1.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>The names of the classes, by label.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>The confusion matrix of the validation images at [label * classes + predicted class]; empty without validation.</summary>
    public IReadOnlyList<int> Confusion { get; init; } = [];

    /// <summary>The worst mistakes, the worst first.</summary>
    public IReadOnlyList<Mistake> Mistakes { get; init; } = [];

    /// <summary>The run's settings: data, network, options.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings { get; init; } = [];

    /// <summary>The time of each part of the run.</summary>
    public IReadOnlyList<(string Name, double Seconds)> Timings { get; init; } = [];

    /// <summary>The record of the epoch whose weights were kept; null if no epoch was finished.</summary>
    public TrainingRecord? Best => Epochs.FirstOrDefault(record => record.Epoch == BestEpoch);

    /// <summary>The cells of a confusion matrix, row by row.</summary>
    public static int[] ConfusionOf(ClassificationMetrics metrics)
    {
        int classes = metrics.Classes;
        return [.. Enumerable.Range(0, classes * classes).Select(cell => metrics[cell / classes, cell % classes])];
    }

    /// <summary>The number of validation images of a class.</summary>
    public int ImagesOf(int actual) => Enumerable.Range(0, ClassNames.Count).Sum(predicted => Confused(actual, predicted));

    /// <summary>A cell of the confusion matrix.</summary>
    public int Confused(int actual, int predicted) => Confusion[actual * ClassNames.Count + predicted];
}

/// <summary>A misclassified validation image.</summary>
/// <param name="Name">The image's name.</param>
/// <param name="Picture">The image, shrunk.</param>
/// <param name="Actual">Its label.</param>
/// <param name="Predicted">The predicted class.</param>
/// <param name="Probability">That class's probability.</param>
internal sealed record Mistake(string Name, RgbImage Picture, int Actual, int Predicted, double Probability);
