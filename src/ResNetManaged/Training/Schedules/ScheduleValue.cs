using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Training.Schedules;

/// <summary>A schedule's settings for one step.</summary>
/// <param name="learningRate">The learning rate.</param>
/// <param name="momentum">The momentum of <see cref="Sgd"/>, or beta1 of <see cref="AdamW"/>; null for the optimizer's own.</param>
public readonly struct ScheduleValue(double learningRate, double? momentum = null)
{
    /// <summary>The learning rate.</summary>
    public double LearningRate { get; } = learningRate;

    /// <summary>The momentum of <see cref="Sgd"/>, or beta1 of <see cref="AdamW"/>; null for the optimizer's own.</summary>
    public double? Momentum { get; } = momentum;
}
