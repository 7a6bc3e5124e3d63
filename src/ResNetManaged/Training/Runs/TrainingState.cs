using System.Globalization;
using ResNetManaged.Inference;
using ResNetManaged.Serialization;

namespace ResNetManaged.Training.Runs;

/// <summary>The state of a run except weights and the optimizer's buffers. Saved as strings in a checkpoint, it keeps every bit.</summary>
internal sealed class TrainingState
{
    private const string Prefix = "state.";

    /// <summary>The number of epochs, which a time budget may have reduced.</summary>
    public int Epochs { get; set; }

    /// <summary>Finished epochs.</summary>
    public int Epoch { get; set; }

    /// <summary>Steps of the current epoch.</summary>
    public int EpochStep { get; set; }

    /// <summary>Steps of the run.</summary>
    public long Step { get; set; }

    /// <summary>Images of the epoch so far, those classified correctly, and the sum of their losses.</summary>
    public long Images { get; set; }

    public long Correct { get; set; }

    public double LossSum { get; set; }

    /// <summary>Seconds of training in the epoch so far, and in the run, including validation.</summary>
    public double EpochSeconds { get; set; }

    public double Seconds { get; set; }

    /// <summary>The best epoch, from 1, or 0 if there is none yet; and its validation results.</summary>
    public int BestEpoch { get; set; }

    public double? BestAccuracy { get; set; }

    public double? BestLoss { get; set; }

    /// <summary>The best epoch's <see cref="TrainingSummary.Confusion"/>.</summary>
    public int[] Confusion { get; set; } = [];

    /// <summary>Why the run ended; null while it has not.</summary>
    public TrainingEnd? End { get; set; }

    public double MeanLoss => LossSum / Images;

    public double Accuracy => (double)Correct / Images;

    public double ImagesPerSecond => EpochSeconds > 0 ? Images / EpochSeconds : 0;

    /// <summary>Adds a batch's results to the current epoch's.</summary>
    public void Add(double loss, int correct, int images)
    {
        LossSum += loss * images;
        Correct += correct;
        Images += images;
    }

    /// <summary>Moves on to the next epoch.</summary>
    public void BeginEpoch()
    {
        Epoch++;
        (EpochStep, Images, Correct, LossSum, EpochSeconds) = (0, 0, 0, 0, 0);
    }

    /// <summary>Whether an epoch's validation is better than the best so far: more accurate or, if equally so, with less loss.</summary>
    public bool IsBetter(ClassificationMetrics metrics) => BestAccuracy is not double accuracy || metrics.Top1 > accuracy
        || (metrics.Top1 == accuracy && metrics.Loss < BestLoss);

    public TrainingSummary Summarize(IReadOnlyList<string> classNames) => new()
    {
        End = End!.Value,
        Epochs = Epoch,
        Steps = Step,
        Seconds = Seconds,
        BestEpoch = BestEpoch,
        ValidationLoss = BestLoss,
        ValidationAccuracy = BestAccuracy,
        ClassNames = classNames,
        Confusion = Confusion,
    };

    /// <summary>Whether a checkpoint's metadata has the state of a run.</summary>
    public static bool IsIn(IReadOnlyDictionary<string, string> metadata) => metadata.ContainsKey(Prefix + nameof(Step));

    /// <summary>Adds the state to a checkpoint's metadata.</summary>
    public void Save(Dictionary<string, string> metadata)
    {
        foreach ((string name, string value) in new (string, string)[]
        {
            (nameof(Epochs), Text(Epochs)), (nameof(Epoch), Text(Epoch)), (nameof(EpochStep), Text(EpochStep)), (nameof(Step), Text(Step)),
            (nameof(Images), Text(Images)), (nameof(Correct), Text(Correct)), (nameof(LossSum), Text(LossSum)),
            (nameof(EpochSeconds), Text(EpochSeconds)), (nameof(Seconds), Text(Seconds)), (nameof(BestEpoch), Text(BestEpoch)),
            (nameof(BestAccuracy), BestAccuracy is double accuracy ? Text(accuracy) : ""), (nameof(BestLoss), BestLoss is double loss ? Text(loss) : ""),
            (nameof(End), End?.ToString() ?? ""),
        })
        {
            metadata.Add(Prefix + name, value);
        }
    }

    /// <summary>Reads the state from a checkpoint's metadata.</summary>
    /// <exception cref="CheckpointException">A value is missing or malformed.</exception>
    public static TrainingState Load(string file, IReadOnlyDictionary<string, string> metadata)
    {
        return new TrainingState
        {
            Epochs = (int)Count(nameof(Epochs)),
            Epoch = (int)Count(nameof(Epoch)),
            EpochStep = (int)Count(nameof(EpochStep)),
            Step = Count(nameof(Step), long.MaxValue),
            Images = Count(nameof(Images), long.MaxValue),
            Correct = Count(nameof(Correct), long.MaxValue),
            LossSum = Number(nameof(LossSum)) ?? 0,
            EpochSeconds = Number(nameof(EpochSeconds)) ?? 0,
            Seconds = Number(nameof(Seconds)) ?? 0,
            BestEpoch = (int)Count(nameof(BestEpoch)),
            BestAccuracy = Number(nameof(BestAccuracy)),
            BestLoss = Number(nameof(BestLoss)),
            End = Find(nameof(End)) is { Length: > 0 } end ? Enum.TryParse(end, out TrainingEnd known) ? known : throw Fail(nameof(End), end) : null,
        };

        string Find(string name) => metadata.TryGetValue(Prefix + name, out string? text)
            ? text
            : throw new CheckpointException(file, Prefix + name, "is missing", "expected the last checkpoint of a training run");

        long Count(string name, long largest = int.MaxValue) =>
            long.TryParse(Find(name), NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value <= largest
            ? value
            : throw Fail(name, Find(name));

        double? Number(string name)
        {
            if (Find(name).Length == 0) return null;
            return double.TryParse(Find(name), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
                ? value
                : throw Fail(name, Find(name));
        }

        CheckpointException Fail(string name, string found) => new(file, Prefix + name, $"is '{found}'", "expected what a training run saves");
    }

    // For a double, the shortest text that parses to the same bits.
    private static string Text(IFormattable value) => value.ToString(format: null, CultureInfo.InvariantCulture);
}
