using System.Diagnostics;
using ResNetManaged.Inference;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Training.Runs;

/// <summary>The schedule of a run, and reports of its progress.</summary>
internal sealed class TrainingPace(TrainingState state, TrainerOptions options, int stepsPerEpoch, string? tapeReason = null)
{
    private readonly long _start = Stopwatch.GetTimestamp(), _firstStep = state.Step, _steps = (long)state.Epochs * stepsPerEpoch;

    public LearningRateSchedule Schedule { get; } = LearningRateShapes.ScheduleFor(options, (long)state.Epochs * stepsPerEpoch, stepsPerEpoch);

    /// <summary>The learning rate of the last step.</summary>
    public double LearningRate => Schedule.At(Math.Max(0, state.Step - 1)).LearningRate;

    public StepRecord Step() => new(state.Epoch + 1, state.Step, state.MeanLoss, state.Accuracy, LearningRate, state.ImagesPerSecond, state.Seconds);

    /// <summary>The record of the epoch that is ending.</summary>
    public TrainingRecord Epoch(ClassificationMetrics? metrics) => new()
    {
        Epoch = state.Epoch + 1,
        Step = state.Step,
        TrainLoss = state.MeanLoss,
        TrainAccuracy = state.Accuracy,
        ValidationLoss = metrics?.Loss,
        ValidationAccuracy = metrics?.Top1,
        LearningRate = LearningRate,
        ImagesPerSecond = state.ImagesPerSecond,
        Seconds = state.Seconds,
    };

    public TrainingProgress Report() => new()
    {
        Epoch = state.Epoch + 1,
        Epochs = state.Epochs,
        Step = state.EpochStep,
        Steps = stepsPerEpoch,
        Loss = state.MeanLoss,
        Accuracy = state.Accuracy,
        ImagesPerSecond = state.ImagesPerSecond,
        LearningRate = LearningRate,
        TimeLeft = TimeLeft(),
        TapeReason = tapeReason,
    };

    /// <summary>The report of a finished epoch, when the state is already at the next one.</summary>
    public TrainingProgress Report(TrainingRecord finished) => new()
    {
        Epoch = finished.Epoch,
        Epochs = state.Epochs,
        Step = stepsPerEpoch,
        Steps = stepsPerEpoch,
        Loss = finished.TrainLoss,
        Accuracy = finished.TrainAccuracy,
        ImagesPerSecond = finished.ImagesPerSecond,
        LearningRate = finished.LearningRate,
        TimeLeft = TimeLeft(),
        Finished = finished,
        TapeReason = tapeReason,
    };

    private TimeSpan TimeLeft() => Stopwatch.GetElapsedTime(_start) * ((_steps - state.Step) / (double)Math.Max(1, state.Step - _firstStep));
}
