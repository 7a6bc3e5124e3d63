using ResNetManaged.Inference;
using ResNetManaged.Preprocessing;
using ResNetManaged.Training;

namespace ResNetManaged.Cli.Reports;

/// <summary>What there is to tell about a run of training.</summary>
internal sealed record RunReport
{
    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>The epochs, from the first on.</summary>
    public required IReadOnlyList<TrainingRecord> Epochs { get; init; }

    /// <summary>The epoch whose weights were kept, from 1.</summary>
    public required int BestEpoch { get; init; }

    /// <summary>The names of the classes, by label.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>At [actual * classes + predicted] how many validation images with the one label were taken for the other; empty without validation.</summary>
    public IReadOnlyList<int> Confusion { get; init; } = [];

    /// <summary>The worst mistakes, the worst first.</summary>
    public IReadOnlyList<Mistake> Mistakes { get; init; } = [];

    /// <summary>How the run was set up: data, network, numbers.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings { get; init; } = [];

    /// <summary>What took how long.</summary>
    public IReadOnlyList<(string Name, double Seconds)> Timings { get; init; } = [];

    /// <summary>The record of the epoch whose weights were kept; null where none was finished.</summary>
    public TrainingRecord? Best => Epochs.FirstOrDefault(record => record.Epoch == BestEpoch);

    /// <summary>The cells of a confusion matrix, row by row.</summary>
    public static int[] ConfusionOf(ClassificationMetrics metrics)
    {
        int classes = metrics.Classes;
        return [.. Enumerable.Range(0, classes * classes).Select(cell => metrics[cell / classes, cell % classes])];
    }

    /// <summary>How many validation images a class has.</summary>
    public int ImagesOf(int actual) => Enumerable.Range(0, ClassNames.Count).Sum(predicted => Confused(actual, predicted));

    /// <summary>A cell of the confusion matrix.</summary>
    public int Confused(int actual, int predicted) => Confusion[actual * ClassNames.Count + predicted];
}

/// <summary>A validation image that was taken for another class.</summary>
/// <param name="Name">What the image is called.</param>
/// <param name="Picture">The image, small.</param>
/// <param name="Actual">Its label.</param>
/// <param name="Predicted">The class it was taken for.</param>
/// <param name="Probability">That class's probability.</param>
internal sealed record Mistake(string Name, RgbImage Picture, int Actual, int Predicted, double Probability);
