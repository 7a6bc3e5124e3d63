using NUnit.Framework;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Kernels.Threading;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training.Optimizers;
using ResNetManaged.Training.Schedules;

namespace ResNetManaged.Tests.Training.Optimizers;

public sealed class OptimizerTests
{
    private const int Steps = 10;
    private const double Decay = 0.02, Factor = 0.5, Eps = 1e-3;

    private static readonly string[] Kinds = ["sgd", "momentum", "nesterov", "adamw"];

    [TestCaseSource(nameof(Kinds))]
    public void TenStepsEqualTheDefinition(string kind)
    {
        Setup setup = new(kind, [37, 16]);
        ReferenceWeight[][] expected = [.. setup.Parameters.Select(p => p.Value.ReadOnlySpan.ToArray().Select(w => new ReferenceWeight(w)).ToArray())];
        for (int t = 1; t <= Steps; t++)
        {
            // Numbers that float32 represents exactly, so that the comparison does not include their rounding.
            double rate = 1.0 / (4 << (t % 3)), momentum = 1 - 1.0 / (4 << (t % 2));
            setup.FillGradients(t);
            setup.Optimizer.Step(setup.Gradients, new ScheduleValue(rate, kind == "sgd" ? null : momentum));
            for (int p = 0; p < expected.Length; p++)
            {
                (double decay, double scaled) = p == 0 ? ((float)Decay, rate) : (0.0, rate * Factor);
                for (int i = 0; i < expected[p].Length; i++)
                {
                    double gradient = setup.Gradients[setup.Parameters[p]][i];
                    if (kind == "adamw") expected[p][i].AdamW(t, gradient, scaled, momentum, 0.75, Eps, p == 0 ? Decay : 0);
                    else expected[p][i].Sgd(gradient, scaled, kind == "sgd" ? 0 : momentum, kind == "nesterov", decay);
                }
            }
        }
        Assert.That(setup.Optimizer.Steps, Is.EqualTo(Steps));
        for (int p = 0; p < expected.Length; p++)
        {
            Close.AssertWithin(setup.Parameters[p].Value.ReadOnlySpan, [.. expected[p].Select(w => w.Value)], [.. expected[p].Select(w => w.Magnitude)],
                Steps * ReferenceWeight.RoundingsPerStep * Close.UnitRoundoff, $"parameter {p}");
        }
    }

    [TestCaseSource(nameof(Kinds))]
    public void ThreadCountDoesNotChangeResults(string kind)
    {
        Setup one = new(kind, [1_000_001, 3, 600_000], threads: 1), three = new(kind, [1_000_001, 3, 600_000], threads: 3);
        using TeamBudget budget = new(3);
        one.Run(1, 3);
        three.Run(1, 3);
        AssertSameBits(three, one);
    }

    [TestCaseSource(nameof(Kinds))]
    public void ResumesBitForBitFromAFile(string kind)
    {
        using TemporaryFolder folder = new();
        Setup whole = new(kind, [37, 16]), first = new(kind, [37, 16]), second = new(kind, [37, 16]);
        whole.Run(1, 8);
        first.Run(1, 4);
        Safetensors.Write(folder["state"], first.Optimizer.StateDict());
        for (int p = 0; p < 2; p++) first.Parameters[p].Value.ReadOnlySpan.CopyTo(second.Parameters[p].Value.Span);
        second.Optimizer.LoadStateDict(Safetensors.Read(folder["state"], out _));
        first.Run(90, 91); // must not change the loaded state
        second.Run(5, 8);
        AssertSameBits(second, whole);
        Assert.That(second.Optimizer.Steps, Is.EqualTo(8));
    }

    [Test]
    public void StateHasPyTorchsNames()
    {
        Assert.That(new Setup("sgd", [2, 2]).Optimizer.StateDict().Keys, Is.EqualTo(new[] { "steps" }));
        Assert.That(new Setup("momentum", [2, 2]).Optimizer.StateDict().Keys, Is.EqualTo(new[] { "steps", "p0.momentum_buffer", "p1.momentum_buffer" }));
        Assert.That(new Setup("adamw", [2, 2]).Optimizer.StateDict().Keys,
            Is.EqualTo(new[] { "steps", "p0.exp_avg", "p0.exp_avg_sq", "p1.exp_avg", "p1.exp_avg_sq" }));
    }

    [Test]
    public void StepsAreCountedExactlyBeyondFloat32()
    {
        Optimizer optimizer = new Setup("sgd", [1]).Optimizer;
        StateDict state = new();
        state.Add("steps", Tensor.FromArray([3, 16_777_215], [2]));
        optimizer.LoadStateDict(state);
        Assert.That(optimizer.Steps, Is.EqualTo((4L << 24) - 1));
        Assert.That(optimizer.StateDict()["steps"].ReadOnlySpan.ToArray(), Is.EqualTo(new[] { 3f, 16_777_215f }));
    }

    [TestCase("steps", null, "'state_dict' does not fit Sgd: missing: 'steps'.")]
    [TestCase("p0.momentum_buffer", "p0.exp_avg", "'state_dict' does not fit Sgd: missing: 'p0.momentum_buffer'; not expected: 'p0.exp_avg'.")]
    public void AStateWithOtherNamesIsRejected(string name, string? instead, string message) => AssertRejected(state =>
    {
        StateDict changed = new();
        foreach ((string key, Tensor tensor) in state)
        {
            if (key != name) changed.Add(key, tensor);
            else if (instead is not null) changed.Add(instead, tensor);
        }
        return changed;
    }, message);

    [TestCase("p1.momentum_buffer", "'state_dict' does not fit Sgd: 'p1.momentum_buffer' has shape [3]; expected [2].", 1, 1, 1)]
    [TestCase("steps", "'state_dict' does not fit Sgd: 'steps' is [0, 1.5]; expected whole numbers from 0 to 16777215.", 0, 1.5f)]
    [TestCase("steps", "'state_dict' does not fit Sgd: 'steps' is [-1, 2]; expected whole numbers from 0 to 16777215.", -1, 2)]
    [TestCase("steps", "'state_dict' does not fit Sgd: 'steps' is [0, NaN]; expected whole numbers from 0 to 16777215.", 0, float.NaN)]
    public void AStateWithOtherTensorsIsRejected(string name, string message, params float[] elements) => AssertRejected(state =>
    {
        StateDict changed = new();
        foreach ((string key, Tensor tensor) in state) changed.Add(key, key == name ? Tensor.FromArray(elements, [elements.Length]) : tensor);
        return changed;
    }, message);

    [Test]
    public void ARejectedStepChangesNothing()
    {
        Setup setup = new("sgd", [3, 2]);
        float[] before = setup.Parameters[0].Value.ReadOnlySpan.ToArray();
        setup.FillGradients(1);
        Optimizer optimizer = setup.Optimizer;
        foreach (double rate in (double[])[double.NaN, -0.1, double.PositiveInfinity])
            Assert.That(() => optimizer.Step(setup.Gradients, rate), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => optimizer.Step(setup.Gradients, new ScheduleValue(0.1, 1)), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => optimizer.Step(setup.Gradients, new ScheduleValue(0.1, 0.5)),
            Throws.ArgumentException.With.Message.EqualTo("Sgd: the schedule sets the momentum to 0.5, but this optimizer was made without momentum."));
        Assert.That(() => optimizer.Step(new GradientSet([setup.Parameters[0]]), 0.1),
            Throws.ArgumentException.With.Message.StartsWith("Sgd: parameter 'p1' has no gradient."));
        Assert.That(optimizer.Steps, Is.Zero);
        Close.AssertSameBits(setup.Parameters[0].Value.ReadOnlySpan, before, "weights");
    }

    [Test]
    public void AStepChangesTheVersionOfParameters()
    {
        Setup setup = new("momentum", [3]);
        long before = setup.Parameters[0].Version;
        setup.Run(1, 1);
        Assert.That(setup.Parameters[0].Version, Is.GreaterThan(before));
    }

    [TestCaseSource(nameof(Kinds))]
    public void AStepAllocatesNothing(string kind)
    {
        Setup setup = new(kind, [1_100_000, 3], threads: 2);
        Assert.That(Allocation.Of(() => setup.Optimizer.Step(setup.Gradients, 0.1)), Is.Zero);
    }

    [Test]
    public void RejectsInvalidArguments()
    {
        Parameter parameter = new([2], 0);
        ParameterGroup group = new([("p", parameter)]);
        Assert.That(() => new Sgd([]), Throws.ArgumentException.With.Message.EqualTo("Sgd: there are no parameters to change."));
        Assert.That(() => new Sgd([group, new ParameterGroup([("q", parameter)])]),
            Throws.ArgumentException.With.Message.EqualTo("Sgd: parameter 'q', or its path, occurs twice."));
        Assert.That(() => new Sgd([group, new ParameterGroup([("p", new Parameter([2], 0))])]), Throws.ArgumentException);
        Assert.That(() => new Sgd([group], momentum: 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Sgd([group], nesterov: true), Throws.ArgumentException);
        Assert.That(() => new AdamW([group], beta1: -0.1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new AdamW([group], beta2: 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new AdamW([group], eps: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static void AssertRejected(Func<StateDict, StateDict> change, string message)
    {
        Setup setup = new("momentum", [2, 2]);
        setup.Run(1, 2);
        float[] before = setup.Optimizer.StateDict()["p0.momentum_buffer"].ReadOnlySpan.ToArray();
        Setup other = new("momentum", [2, 2]);
        other.Run(7, 9);
        Assert.That(() => setup.Optimizer.LoadStateDict(change(other.Optimizer.StateDict())),
            Throws.TypeOf<StateDictMismatchException>().With.Message.EqualTo(message));
        Assert.That(setup.Optimizer.Steps, Is.EqualTo(2));
        Assert.That(setup.Optimizer.StateDict()["p0.momentum_buffer"].ReadOnlySpan.ToArray(), Is.EqualTo(before));
    }

    private static void AssertSameBits(Setup actual, Setup expected)
    {
        for (int p = 0; p < actual.Parameters.Length; p++)
            Close.AssertSameBits(actual.Parameters[p].Value.ReadOnlySpan, expected.Parameters[p].Value.ReadOnlySpan, $"parameter {p}");
    }

    /// <summary>Parameters p0, p1 ..., the first with weight decay and the others with a learning rate factor, and an optimizer.</summary>
    private sealed class Setup
    {
        public Setup(string kind, int[] lengths, int threads = 1)
        {
            Parameters = [.. lengths.Select(length => new Parameter([length], 0))];
            for (int p = 0; p < lengths.Length; p++) Numbers.Random(lengths[p], p).CopyTo(Parameters[p].Value.Span);
            Gradients = new GradientSet(Parameters);
            (string, Parameter)[] named = [.. Parameters.Select((parameter, p) => ($"p{p}", parameter))];
            ParameterGroup[] groups = [new(named[..1], Decay), new(named[1..], learningRateFactor: Factor)];
            ExecutionOptions options = new() { Threads = threads };
            Optimizer = kind switch
            {
                "adamw" => new AdamW(groups, beta2: 0.75, eps: Eps, options: options),
                "sgd" => new Sgd(groups, options: options),
                _ => new Sgd(groups, 0.9, kind == "nesterov", options),
            };
        }

        public Parameter[] Parameters { get; }

        public GradientSet Gradients { get; }

        public Optimizer Optimizer { get; }

        public void FillGradients(int seed)
        {
            for (int p = 0; p < Parameters.Length; p++) Numbers.Random(Parameters[p].Shape.ElementCount, 100 * seed + p).CopyTo(Gradients[Parameters[p]]);
        }

        public void Run(int first, int last)
        {
            for (int t = first; t <= last; t++)
            {
                FillGradients(t);
                Optimizer.Step(Gradients, 0.1);
            }
        }
    }
}
