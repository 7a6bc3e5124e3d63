using NUnit.Framework;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Kernels.Threading;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training.Optimizers;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Tests.Training.Optimizers;

public sealed class CustomOptimizerTests
{
    [Test]
    public void GroupsSetDecayAndLearningRate()
    {
        (Parameter[] parameters, GradientSet gradients, Lion optimizer) = Create([3, 2]);
        foreach (Parameter parameter in parameters) parameter.Value.Span.Fill(1);
        gradients[parameters[0]].Fill(2);
        gradients[parameters[1]].Fill(-2);
        optimizer.Step(gradients, 0.5);
        Assert.That(parameters[0].Value.ReadOnlySpan.ToArray(), Is.All.EqualTo(1 - 0.5f * (1 + 0.25f)), "decayed by 0.25");
        Assert.That(parameters[1].Value.ReadOnlySpan.ToArray(), Is.All.EqualTo(1 + 0.25f), "half the learning rate, not decayed");
        Assert.That(optimizer.StateDict()["p1.exp_avg"].ReadOnlySpan.ToArray(), Is.All.EqualTo((1 - Lion.Beta2) * -2));
    }

    [Test]
    public void ResumesBitForBitFromAFile()
    {
        using TemporaryFolder folder = new();
        (Parameter[] whole, GradientSet wholeGradients, Lion uninterrupted) = Create([37, 16]);
        (Parameter[] first, GradientSet firstGradients, Lion stopped) = Create([37, 16]);
        (Parameter[] second, GradientSet secondGradients, Lion resumed) = Create([37, 16]);
        Run(whole, wholeGradients, uninterrupted, 1, 8);
        Run(first, firstGradients, stopped, 1, 4);
        Safetensors.Write(folder["state"], stopped.StateDict());
        for (int p = 0; p < 2; p++) first[p].Value.ReadOnlySpan.CopyTo(second[p].Value.Span);
        resumed.LoadStateDict(Safetensors.Read(folder["state"], out _));
        Run(second, secondGradients, resumed, 5, 8);
        for (int p = 0; p < 2; p++) Close.AssertSameBits(second[p].Value.ReadOnlySpan, whole[p].Value.ReadOnlySpan, $"parameter {p}");
        Assert.That(resumed.Steps, Is.EqualTo(8));
    }

    [Test]
    public void ThreadCountDoesNotChangeResults()
    {
        (Parameter[] one, GradientSet oneGradients, Lion serial) = Create([1_000_001, 3]);
        (Parameter[] three, GradientSet threeGradients, Lion parallel) = Create([1_000_001, 3], threads: 3);
        using TeamBudget budget = new(3);
        Run(one, oneGradients, serial, 1, 2);
        Run(three, threeGradients, parallel, 1, 2);
        for (int p = 0; p < 2; p++) Close.AssertSameBits(three[p].Value.ReadOnlySpan, one[p].Value.ReadOnlySpan, $"parameter {p}");
    }

    [Test]
    public void MomentumIsNotSupportedByDefault()
    {
        (_, GradientSet gradients, Lion optimizer) = Create([2, 2]);
        Assert.That(() => optimizer.Step(gradients, new ScheduleValue(0.1, 0.5)), Throws.ArgumentException.With.Message.EqualTo(
            "Lion: the schedule sets the momentum to 0.5, but this optimizer was made without momentum."));
    }

    [Test]
    public void BuffersNeedDistinctNames()
    {
        ParameterGroup[] groups = [new([("p", new Parameter([2], 0))])];
        Assert.That(() => new Named(groups, "m", "m"), Throws.ArgumentException.With.Message.StartsWith(
            "Named: the buffers are named [m, m]; expected distinct names that are not empty."));
        Assert.That(() => new Named(groups, ""), Throws.ArgumentException.With.Message.StartsWith("Named: the buffers are named []"));
    }

    [Test]
    public void UsingAnUnnamedBufferThrows()
    {
        Parameter parameter = new([2], 0);
        Named optimizer = new([new ParameterGroup([("p", parameter)])], "m");
        Assert.That(() => optimizer.Step(new GradientSet([parameter]), 0.1), Throws.TypeOf<IndexOutOfRangeException>());
    }

    [Test]
    public void ToStringReturnsTheTypeNameByDefault() =>
        Assert.That(new Named([new([("p", new Parameter([2], 0))])]).ToString(), Is.EqualTo("Named"));

    private static (Parameter[] Parameters, GradientSet Gradients, Lion Optimizer) Create(int[] lengths, int threads = 1)
    {
        Parameter[] parameters = [.. lengths.Select(length => new Parameter([length], 0))];
        for (int p = 0; p < lengths.Length; p++) Numbers.Random(lengths[p], p).CopyTo(parameters[p].Value.Span);
        ParameterGroup[] groups = [new([("p0", parameters[0])], weightDecay: 0.25), new([("p1", parameters[1])], learningRateFactor: 0.5)];
        return (parameters, new GradientSet(parameters), new Lion(groups, new ExecutionOptions { Threads = threads }));
    }

    private static void Run(Parameter[] parameters, GradientSet gradients, Optimizer optimizer, int first, int last)
    {
        for (int t = first; t <= last; t++)
        {
            for (int p = 0; p < parameters.Length; p++) Numbers.Random(parameters[p].Shape.ElementCount, 100 * t + p).CopyTo(gradients[parameters[p]]);
            optimizer.Step(gradients, 0.1);
        }
    }

    /// <summary>Reads one buffer more than it has.</summary>
    private sealed class Named(IEnumerable<ParameterGroup> groups, params string[] names) : Optimizer(groups, null, names)
    {
        private readonly int _count = names.Length;

        protected override void Update(in ParameterUpdate update) => update.State(_count).Clear();
    }
}
