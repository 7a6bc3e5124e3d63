using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Training.Optimizers;

/// <summary>Part of a parameter, and the settings with which <see cref="Optimizer.Update"/> changes it.</summary>
public readonly ref struct ParameterUpdate
{
    private readonly ReadOnlySpan<float[]> _state;
    private readonly int _start;

    internal ParameterUpdate(ParameterGroup group, ScheduleValue schedule, Span<float> weights, ReadOnlySpan<float> gradient,
        ReadOnlySpan<float[]> state, int start)
    {
        (LearningRate, Momentum, WeightDecay) = (schedule.LearningRate * group.LearningRateFactor, schedule.Momentum, group.WeightDecay);
        Weights = weights;
        Gradient = gradient;
        _state = state;
        _start = start;
    }

    /// <summary>The learning rate of this step, already multiplied by the group's factor.</summary>
    public double LearningRate { get; }

    /// <summary>The momentum that the schedule sets for this step; null for the optimizer's own.</summary>
    public double? Momentum { get; }

    /// <summary>The group's weight decay.</summary>
    public double WeightDecay { get; }

    /// <summary>The weights to change.</summary>
    public Span<float> Weights { get; }

    /// <summary>The gradient of the loss with respect to each of the <see cref="Weights"/>.</summary>
    public ReadOnlySpan<float> Gradient { get; }

    /// <summary>A buffer's elements for the <see cref="Weights"/>; they keep their values from step to step.</summary>
    /// <param name="index">The position of the buffer's name in the optimizer's constructor, from 0.</param>
    /// <returns>As many elements as there are weights, writable.</returns>
    /// <exception cref="IndexOutOfRangeException">There is no such buffer.</exception>
    public Span<float> State(int index) => _state[index].AsSpan(_start, Weights.Length);
}
