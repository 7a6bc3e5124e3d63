using System.Globalization;
using ResNetManaged.Cli.Output;
using ResNetManaged.Training;
using ResNetManaged.Training.Runs;

namespace ResNetManaged.Cli.Training;

/// <summary>Shows the progress of training: a bar and one line per epoch on the error stream, or JSON lines on standard output.</summary>
internal sealed class TrainingDisplay(Session session, bool json)
{
    private const int MostClassesShown = 20;

    /// <summary>Runs the work and shows its progress.</summary>
    public TrainingSummary Follow(Func<IProgress<TrainingProgress>, TrainingSummary> work) =>
        session.Terminal.ErrorIsTerminal && !session.Quiet && !(json && session.Terminal.OutIsTerminal)
            ? session.Terminal.ShowProgress("train", 1, bar => work(new Follower(this, bar)))
            : work(new Follower(this, bar: null));

    /// <summary>Warns that training is slow, and why.</summary>
    /// <param name="session">The command's session.</param>
    /// <param name="reason">As <see cref="TrainingPlan.TapeReason"/>: null for no warning.</param>
    public static void WarnOfTape(Session session, string? reason)
    {
        if (reason is not null) session.Warn($"trains on the gradient tape, which is slow: {reason}");
    }

    /// <summary>Writes the result of the run.</summary>
    public void Write(TrainingSummary summary, string output)
    {
        if (json)
        {
            JsonLine.Write(session.Out, line => TrainingLog.WriteMembers(line, summary));
            return;
        }
        session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Describe(summary.End)} after {summary.Epochs} epochs, {summary.Steps} steps and {Text(TimeSpan.FromSeconds(summary.Seconds))}"));
        if (summary.BestEpoch == 0) return;
        string quality = summary.ValidationAccuracy is double accuracy
            ? string.Create(CultureInfo.InvariantCulture, $", validation accuracy {100 * accuracy:F2} %, loss {summary.ValidationLoss:F4}")
            : "";
        session.Out.WriteLine($"'{output}' has the weights of epoch {Text(summary.BestEpoch)}{quality}");
        int classes = summary.ClassNames.Count;
        if (summary.Confusion.Count != classes * classes || classes > MostClassesShown) return;
        for (int label = 0; label < classes; label++)
        {
            int images = summary.Confusion.Skip(label * classes).Take(classes).Sum(), right = summary.Confusion[label * classes + label];
            session.Out.WriteLine($"  {summary.ClassNames[label]}: {Text(right)} of {Text(images)} correct");
        }
    }

    private static string Describe(TrainingEnd end) => end switch
    {
        TrainingEnd.EarlyStopping => "stopped early",
        TrainingEnd.TimeBudget => "time budget used up",
        _ => "finished",
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan time) =>
        time.ToString(
        time.TotalDays >= 1 ? @"d\.hh\:mm\:ss" : time.TotalHours >= 1 ? @"h\:mm\:ss" : @"mm\:ss", CultureInfo.InvariantCulture);

    private void Write(TrainingRecord record, TrainingProgress progress)
    {
        if (json)
        {
            JsonLine.Write(session.Out, line => TrainingLog.WriteMembers(line, record));
            session.Out.Flush();
        }
        else if (!session.Quiet)
        {
            string validation = record.ValidationAccuracy is double accuracy
                ? string.Create(CultureInfo.InvariantCulture, $"  validation {record.ValidationLoss:F4} {100 * accuracy,6:F2} %")
                : "";
            session.Terminal.WriteError(string.Create(CultureInfo.InvariantCulture,
                $"epoch {record.Epoch,3}/{progress.Epochs}  loss {record.TrainLoss:F4} {100 * record.TrainAccuracy,6:F2} %{validation}  lr {record.LearningRate:G3}  "
                + $"{record.ImagesPerSecond:F0} images/s  left {Text(progress.TimeLeft)}"));
        }
    }

    private sealed class Follower(TrainingDisplay display, Terminal.IBar? bar) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            bar?.Show((value.Epoch - 1) * (double)value.Steps + value.Step, (double)value.Epochs * value.Steps, string.Create(CultureInfo.InvariantCulture,
                $"epoch {value.Epoch}/{value.Epochs}  loss {value.Loss:F4}  {100 * value.Accuracy:F1} %  {value.ImagesPerSecond:F0} images/s"));
            if (value.Finished is { } record) display.Write(record, value);
        }
    }
}
