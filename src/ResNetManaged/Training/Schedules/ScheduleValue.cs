using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Training.Schedules;

/// <summary>What a schedule says about one step.</summary>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="Momentum">The momentum of <see cref="Sgd"/>, the beta1 of <see cref="AdamW"/>; null for the optimizer's own.</param>
public readonly record struct ScheduleValue(double LearningRate, double? Momentum = null);
