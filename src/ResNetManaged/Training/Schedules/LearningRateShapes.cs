namespace ResNetManaged.Training.Schedules;

/// <summary>Makes the schedule of a run from its settings.</summary>
internal static class LearningRateShapes
{
    private static readonly double[] Milestones = [0.5, 0.75];

    /// <summary>The schedule of a run: a warm-up within it, then the shape over the rest.</summary>
    public static LearningRateSchedule ScheduleFor(TrainerOptions options, long steps, long stepsPerEpoch)
    {
        long warmUp = Math.Min((long)Math.Round(options.WarmUpEpochs * stepsPerEpoch), steps - 1), rest = steps - warmUp;
        LearningRateSchedule schedule = options.Schedule switch
        {
            LearningRateShape.OneCycle => LearningRateSchedule.OneCycle(options.LearningRate, rest),
            LearningRateShape.Cosine => LearningRateSchedule.Cosine(options.LearningRate, rest),
            LearningRateShape.Steps => LearningRateSchedule.MultiStep(options.LearningRate, Milestones.Select(share => (long)(share * rest))),
            _ => LearningRateSchedule.Constant(options.LearningRate),
        };
        return schedule.WithWarmup(warmUp);
    }

    /// <summary>The settings, as checkpoints keep them: <c>onecycle to 0.3, warm-up 0</c>.</summary>
    public static string Describe(TrainerOptions options) => FormattableString.Invariant(
        $"{options.Schedule.ToString().ToLowerInvariant()} to {options.LearningRate}, warm-up {options.WarmUpEpochs}");
}
