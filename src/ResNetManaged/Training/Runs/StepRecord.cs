namespace ResNetManaged.Training.Runs;

/// <summary>The state of a run within an epoch: one line of its log, every <see cref="TrainerOptions.LogSteps"/> steps.</summary>
/// <param name="Epoch">The epoch's number, from 1.</param>
/// <param name="Step">The number of steps in the run so far.</param>
/// <param name="Loss">The mean loss over the epoch's images so far.</param>
/// <param name="Accuracy">The share of these images whose label had the largest logit, 0 to 1.</param>
/// <param name="LearningRate">The learning rate of the last step.</param>
/// <param name="ImagesPerSecond">Training images per second in this epoch so far.</param>
/// <param name="Seconds">As <see cref="TrainingRecord.Seconds"/>.</param>
internal sealed record StepRecord(
    int Epoch, long Step, double Loss, double Accuracy, double LearningRate, double ImagesPerSecond, double Seconds);
