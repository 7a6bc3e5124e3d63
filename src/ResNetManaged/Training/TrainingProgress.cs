namespace ResNetManaged.Training;

/// <summary>Where a run stands: after each step, and once more when an epoch is finished.</summary>
/// <param name="Epoch">The epoch's number, from 1.</param>
/// <param name="Epochs">The number of epochs.</param>
/// <param name="Step">Steps made in this epoch.</param>
/// <param name="Steps">Steps in an epoch.</param>
/// <param name="Loss">The mean loss over the epoch's images so far.</param>
/// <param name="Accuracy">The share of them whose label had the largest logit, 0 to 1.</param>
/// <param name="ImagesPerSecond">Images a second, in this epoch so far.</param>
/// <param name="LearningRate">The learning rate of the last step.</param>
/// <param name="TimeLeft">An estimate of the time to the end of the run, early stopping not foreseen.</param>
/// <param name="Finished">The epoch's record, where it is finished.</param>
public sealed record TrainingProgress(
    int Epoch, int Epochs, int Step, int Steps, double Loss, double Accuracy, double ImagesPerSecond, double LearningRate, TimeSpan TimeLeft,
    TrainingRecord? Finished = null);
