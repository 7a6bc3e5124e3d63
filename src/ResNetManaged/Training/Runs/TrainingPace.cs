using System.Diagnostics;
using ResNetManaged.Inference;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Training.Runs;

/// <summary>The schedule of a run, and what is said about where it stands.</summary>
internal sealed class TrainingPace(TrainingState state, LearningRatePlan plan, int stepsPerEpoch)
{
    private readonly long _start = Stopwatch.GetTimestamp(), _firstStep = state.Step, _steps = (long)state.Epochs * stepsPerEpoch;

    public LearningRateSchedule Schedule { get; } = plan.ScheduleFor((long)state.Epochs * stepsPerEpoch, stepsPerEpoch);

    /// <summary>That of the last step.</summary>
    public double LearningRate => Schedule.At(Math.Max(0, state.Step - 1)).LearningRate;

    public StepRecord Step() => new(state.Epoch + 1, state.Step, state.MeanLoss, state.Accuracy, LearningRate, state.ImagesPerSecond, state.Seconds);

    /// <summary>The epoch that is ending.</summary>
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

    public TrainingProgress Report() =>
        new(state.Epoch + 1, state.Epochs, state.EpochStep, stepsPerEpoch, state.MeanLoss, state.Accuracy, state.ImagesPerSecond, LearningRate, TimeLeft());

    public TrainingProgress Report(TrainingRecord finished) => new(finished.Epoch, state.Epochs, stepsPerEpoch, stepsPerEpoch,
        finished.TrainLoss, finished.TrainAccuracy, finished.ImagesPerSecond, finished.LearningRate, TimeLeft(), finished);

    private TimeSpan TimeLeft() => Stopwatch.GetElapsedTime(_start) * ((_steps - state.Step) / (double)Math.Max(1, state.Step - _firstStep));
}
