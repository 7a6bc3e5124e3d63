using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Training.Schedules;

/// <summary>The learning rate, and for some schedules the momentum, as a function of the step. It has no state.</summary>
/// <remarks>Steps count from 0. A schedule with a fixed number of steps keeps its last value afterward.</remarks>
public sealed class LearningRateSchedule
{
    private readonly Func<long, ScheduleValue> _at;

    private LearningRateSchedule(Func<long, ScheduleValue> at) => _at = at;

    /// <summary>The values for a step.</summary>
    /// <param name="step">The number of steps before it: <see cref="Optimizer.Steps"/>.</param>
    /// <returns>The learning rate and the momentum.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The step is negative.</exception>
    public ScheduleValue At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return _at(step);
    }

    /// <summary>A custom schedule.</summary>
    /// <param name="at">The values for a step. It must return the same values for a step each time, so that a run can be resumed.</param>
    /// <returns>The schedule.</returns>
    public static LearningRateSchedule From(Func<long, ScheduleValue> at)
    {
        ArgumentNullException.ThrowIfNull(at);
        return new(at);
    }

    /// <summary>A constant learning rate.</summary>
    /// <param name="learningRate">Finite, at least 0.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The learning rate is negative or not finite.</exception>
    public static LearningRateSchedule Constant(double learningRate)
    {
        Require.FiniteNotNegative(learningRate, nameof(learningRate));
        return new(_ => new(learningRate));
    }

    /// <summary>A learning rate that is multiplied by a factor at each of several steps (<c>MultiStepLR</c>); He et al. 2016 divide by 10.</summary>
    /// <param name="learningRate">The first learning rate; finite, at least 0.</param>
    /// <param name="milestones">The steps at which it is multiplied, in any order.</param>
    /// <param name="gamma">The factor; finite, at least 0; 0.1 by default.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative or not finite.</exception>
    public static LearningRateSchedule MultiStep(double learningRate, IEnumerable<long> milestones, double gamma = 0.1)
    {
        Require.FiniteNotNegative(learningRate, nameof(learningRate));
        Require.FiniteNotNegative(gamma, nameof(gamma));
        ArgumentNullException.ThrowIfNull(milestones);
        long[] marks = [.. milestones];
        return new(step => new(learningRate * Math.Pow(gamma, marks.Count(mark => mark <= step))));
    }

    /// <summary>From one learning rate to another along half a cosine (Loshchilov and Hutter 2017, arXiv:1608.03983; <c>CosineAnnealingLR</c>).</summary>
    /// <param name="learningRate">The first learning rate; finite, at least 0.</param>
    /// <param name="totalSteps">The step that reaches the last learning rate, at least 1: the number of steps, not counting a warm-up.</param>
    /// <param name="minimum">The last learning rate; finite, at least 0; 0 by default.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static LearningRateSchedule Cosine(double learningRate, long totalSteps, double minimum = 0)
    {
        Require.FiniteNotNegative(learningRate, nameof(learningRate));
        Require.FiniteNotNegative(minimum, nameof(minimum));
        ArgumentOutOfRangeException.ThrowIfLessThan(totalSteps, 1);
        return new(step => new(Anneal(learningRate, minimum, (double)Math.Min(step, totalSteps) / totalSteps)));
    }

    /// <summary>
    /// Up to a large learning rate and down to almost 0, each along half a cosine; optionally with the momentum moving in the opposite direction.
    /// </summary>
    /// <remarks>
    /// Smith and Topin 2019, arXiv:1708.07120, with the two phases of PyTorch's <c>OneCycleLR</c>: from maximum / divFactor to the maximum at step
    /// pctStart * totalSteps - 1, then to maximum / divFactor / finalDivFactor at step totalSteps - 1.
    /// </remarks>
    /// <param name="maximum">The largest learning rate; finite, at least 0.</param>
    /// <param name="totalSteps">The number of steps, at least 1.</param>
    /// <param name="pctStart">The share of the steps in which the learning rate rises, 0 to 1; 0.3 by default.</param>
    /// <param name="divFactor">Maximum / first learning rate; finite, positive; 25 by default.</param>
    /// <param name="finalDivFactor">First / last learning rate; finite, positive; 1e4 by default.</param>
    /// <param name="momentum">
    /// The smallest and the largest momentum, each at least 0 and below 1; PyTorch uses 0.85 and 0.95. Null by default: the schedule sets none.
    /// </param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static LearningRateSchedule OneCycle(double maximum, long totalSteps, double pctStart = 0.3, double divFactor = 25,
        double finalDivFactor = 1e4, (double Smallest, double Largest)? momentum = null)
    {
        Require.FiniteNotNegative(maximum, nameof(maximum));
        ArgumentOutOfRangeException.ThrowIfLessThan(totalSteps, 1);
        if (!(pctStart is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(pctStart), pctStart, "The share must be from 0 to 1.");
        double first = maximum / Require.FinitePositive(divFactor, nameof(divFactor));
        double last = first / Require.FinitePositive(finalDivFactor, nameof(finalDivFactor));
        if (momentum is (double smallest, double largest))
        {
            Require.Decay(smallest, nameof(momentum));
            Require.Decay(largest, nameof(momentum));
        }
        double end = totalSteps - 1, peak = pctStart * totalSteps - 1; // may be fractional; below 0 if there is no rise
        return new(step =>
        {
            double now = Math.Min(step, end);
            if (now <= peak && peak > 0)
            {
                double risen = now / peak;
                return new(Anneal(first, maximum, risen), momentum is { } up ? Anneal(up.Largest, up.Smallest, risen) : null);
            }
            double fallen = end > peak ? (now - peak) / (end - peak) : 0;
            return new(Anneal(maximum, last, fallen), momentum is { } down ? Anneal(down.Smallest, down.Largest, fallen) : null);
        });
    }

    /// <summary>Puts a linear warm-up before this schedule, which then starts later: Goyal et al. 2017, arXiv:1706.02677.</summary>
    /// <remarks>In PyTorch, a <c>SequentialLR</c> of <c>LinearLR</c> and this schedule.</remarks>
    /// <param name="steps">The number of warm-up steps, 0 or more.</param>
    /// <param name="startFactor">The factor on this schedule's first learning rate in the first of these steps, 0 to 1; 0.01 by default.</param>
    /// <returns>The schedule.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public LearningRateSchedule WithWarmup(long steps, double startFactor = 0.01)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        if (!(startFactor is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(startFactor), startFactor, "The factor must be from 0 to 1.");
        return new(step =>
        {
            if (step >= steps) return _at(step - steps);
            ScheduleValue target = _at(0);
            return new(target.LearningRate * (startFactor + (1 - startFactor) * step / steps), target.Momentum);
        });
    }

    /// <summary>Along half a cosine, from <paramref name="start"/> at 0 to <paramref name="end"/> at 1.</summary>
    private static double Anneal(double start, double end, double progress) => end + (start - end) * (1 + Math.Cos(Math.PI * progress)) / 2;
}
