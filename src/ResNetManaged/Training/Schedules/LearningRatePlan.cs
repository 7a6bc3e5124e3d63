using System.Globalization;

namespace ResNetManaged.Training.Schedules;

/// <summary>How the learning rate goes over a run.</summary>
public enum LearningRateShape
{
    /// <summary>Up and down along cosines: <see cref="LearningRateSchedule.OneCycle"/>.</summary>
    OneCycle,

    /// <summary>Down along half a cosine: <see cref="LearningRateSchedule.Cosine"/>.</summary>
    Cosine,

    /// <summary>A tenth of it after half and after three quarters of the run (He et al. 2016, section 4.2): <see cref="LearningRateSchedule.MultiStep"/>.</summary>
    Steps,

    /// <summary>The same always.</summary>
    Constant,
}

/// <summary>A <see cref="LearningRateSchedule"/> before the number of steps is known.</summary>
public sealed record LearningRatePlan
{
    private static readonly double[] Milestones = [0.5, 0.75];

    private readonly double _learningRate = 0.1, _warmUpEpochs;

    /// <summary>How it goes; one-cycle by default.</summary>
    public LearningRateShape Shape { get; init; }

    /// <summary>The largest learning rate; finite, at least 0; 0.1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or not finite.</exception>
    public double LearningRate
    {
        get => _learningRate;
        init => _learningRate = Require.FiniteNotNegative(value, nameof(LearningRate));
    }

    /// <summary>Epochs of a linear rise before it, within the run; 0 by default. One-cycle needs none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or not finite.</exception>
    public double WarmUpEpochs
    {
        get => _warmUpEpochs;
        init => _warmUpEpochs = Require.FiniteNotNegative(value, nameof(WarmUpEpochs));
    }

    /// <summary>The schedule of a run.</summary>
    /// <param name="steps">The steps of the run, at least 1.</param>
    /// <param name="stepsPerEpoch">The steps of an epoch, at least 1.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    public LearningRateSchedule ScheduleFor(long steps, long stepsPerEpoch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(stepsPerEpoch, 1);
        long warmUp = Math.Min((long)Math.Round(WarmUpEpochs * stepsPerEpoch), steps - 1), rest = steps - warmUp;
        LearningRateSchedule schedule = Shape switch
        {
            LearningRateShape.OneCycle => LearningRateSchedule.OneCycle(LearningRate, rest),
            LearningRateShape.Cosine => LearningRateSchedule.Cosine(LearningRate, rest),
            LearningRateShape.Steps => LearningRateSchedule.MultiStep(LearningRate, Milestones.Select(share => (long)(share * rest))),
            _ => LearningRateSchedule.Constant(LearningRate),
        };
        return schedule.WithWarmup(warmUp);
    }

    /// <summary>The settings: <c>onecycle to 0.3, warm-up 0</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Shape.ToString().ToLowerInvariant()} to {LearningRate}, warm-up {WarmUpEpochs}");
}
