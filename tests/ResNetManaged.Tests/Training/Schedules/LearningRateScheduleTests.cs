using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Tests.Training.Schedules;

public sealed class LearningRateScheduleTests
{
    /// <summary>PyTorch computes some rates from the preceding one, in double: a few roundings per step, relative to the largest.</summary>
    private const double RoundingsPerStep = 8;

    private static IEnumerable<TestCaseData> Recorded() => GoldenFiles.ReadCases("schedules.json").Select(recorded =>
        new TestCaseData(recorded).SetArgDisplayNames($"{recorded.GetProperty("kind")} {recorded.GetProperty("args")} {recorded.GetProperty("warmup")}"));

    [TestCaseSource(nameof(Recorded))]
    public void EqualsPyTorch(JsonElement recorded)
    {
        LearningRateSchedule schedule = Create(recorded);
        JsonElement[] values = [.. recorded.GetProperty("values").EnumerateArray()];
        double tolerance = RoundingsPerStep * values.Length * Math.Pow(2, -53);
        double largest = values.Max(value => value[0].GetDouble());
        for (int step = values.Length - 1; step >= 0; step--) // backwards: no step depends on another
        {
            ScheduleValue value = schedule.At(step);
            Assert.That(value.LearningRate, Is.EqualTo(values[step][0].GetDouble()).Within(tolerance * largest), $"step {step}");
            if (values[step][1].ValueKind == JsonValueKind.Null) Assert.That(value.Momentum, Is.Null);
            else Assert.That(value.Momentum, Is.EqualTo(values[step][1].GetDouble()).Within(tolerance), $"step {step}");
        }
    }

    [Test]
    public void KeepsTheLastValueAfterTheEnd()
    {
        LearningRateSchedule cosine = LearningRateSchedule.Cosine(0.3, 10, 0.01), cycle = LearningRateSchedule.OneCycle(0.3, 10, momentum: (0.85, 0.95));
        Assert.That(cosine.At(1_000_000), Is.EqualTo(cosine.At(10)));
        Assert.That(cosine.At(10).LearningRate, Is.EqualTo(0.01));
        Assert.That(cycle.At(10), Is.EqualTo(cycle.At(9)));
        Assert.That(cycle.At(9).LearningRate, Is.EqualTo(0.3 / 25 / 1e4).Within(1e-12).Percent);
        Assert.That(cycle.At(9).Momentum, Is.EqualTo(0.95));
    }

    [TestCase(1, 0)]
    [TestCase(1, 0.5)]
    [TestCase(1, 1)]
    [TestCase(2, 0.5)]
    [TestCase(3, 1)]
    public void OneCycleIsDefinedForAnyNumberOfSteps(int totalSteps, double pctStart)
    {
        LearningRateSchedule schedule = LearningRateSchedule.OneCycle(0.3, totalSteps, pctStart);
        for (int step = 0; step <= totalSteps; step++) Assert.That(schedule.At(step).LearningRate, Is.InRange(0, 0.3 + 1e-12));
    }

    [Test]
    public void AWarmUpPrecedesAnyScheduleAndKeepsItsMomentum()
    {
        LearningRateSchedule schedule = LearningRateSchedule.From(step => new(8 + step, 0.5)).WithWarmup(4, startFactor: 0);
        Assert.That(Enumerable.Range(0, 7).Select(step => schedule.At(step).LearningRate), Is.EqualTo(new[] { 0.0, 2, 4, 6, 8, 9, 10 }));
        Assert.That(schedule.At(0).Momentum, Is.EqualTo(0.5));
    }

    [Test]
    public void RejectsNumbersOutOfRange()
    {
        Action[] calls =
        [
            () => LearningRateSchedule.Constant(double.NaN),
            () => LearningRateSchedule.MultiStep(-1, []),
            () => LearningRateSchedule.MultiStep(1, [], double.PositiveInfinity),
            () => LearningRateSchedule.Cosine(0.1, 0),
            () => LearningRateSchedule.Cosine(0.1, 10, -1),
            () => LearningRateSchedule.OneCycle(0.1, 0),
            () => LearningRateSchedule.OneCycle(0.1, 10, pctStart: 1.1),
            () => LearningRateSchedule.OneCycle(0.1, 10, divFactor: 0),
            () => LearningRateSchedule.OneCycle(0.1, 10, finalDivFactor: double.NaN),
            () => LearningRateSchedule.OneCycle(0.1, 10, momentum: (0.85, 1)),
            () => LearningRateSchedule.Constant(0.1).WithWarmup(-1),
            () => LearningRateSchedule.Constant(0.1).WithWarmup(1, 2),
            () => LearningRateSchedule.Constant(0.1).At(-1),
        ];
        foreach (Action call in calls) Assert.That(() => call(), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static LearningRateSchedule Create(JsonElement recorded)
    {
        JsonElement args = recorded.GetProperty("args"), warmup = recorded.GetProperty("warmup");
        double rate = args.GetProperty("learningRate").GetDouble();
        LearningRateSchedule schedule = recorded.GetProperty("kind").GetString() switch
        {
            "constant" => LearningRateSchedule.Constant(rate),
            "multi_step" => LearningRateSchedule.MultiStep(rate, args.GetProperty("milestones").EnumerateArray().Select(mark => mark.GetInt64()),
                args.GetProperty("gamma").GetDouble()),
            "cosine" => LearningRateSchedule.Cosine(rate, args.GetProperty("totalSteps").GetInt64(), args.GetProperty("minimum").GetDouble()),
            "one_cycle" => LearningRateSchedule.OneCycle(rate, args.GetProperty("totalSteps").GetInt64(), args.GetProperty("pctStart").GetDouble(),
                args.GetProperty("divFactor").GetDouble(), args.GetProperty("finalDivFactor").GetDouble(), Momentum(args.GetProperty("momentum"))),
            string kind => throw new InvalidDataException(kind),
            null => throw new InvalidDataException("no kind"),
        };
        return warmup.ValueKind == JsonValueKind.Null
            ? schedule
            : schedule.WithWarmup(warmup.GetProperty("steps").GetInt64(), warmup.GetProperty("startFactor").GetDouble());
    }

    private static (double, double)? Momentum(JsonElement range) =>
        range.ValueKind == JsonValueKind.Null ? null : (range[0].GetDouble(), range[1].GetDouble());
}
