using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Kernels.Threading;
using ResNetManaged.Tests.Plans.Training;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training;
using ResNetManaged.Training.Losses;
using ResNetManaged.Training.Optimizers;
using Linear = ResNetManaged.Layers.Linear;
using Softmax = ResNetManaged.Layers.Softmax;

namespace ResNetManaged.Tests.Training;

public sealed class TrainingPlanTests
{
    private static readonly Shape Shape = [2, 3, 16, 16];
    private static readonly Tensor Images = Tensor.Uniform(Shape, new TorchGenerator(1), -1, 1);
    private static readonly Tensor Weights = Tensor.Uniform([2, 10], new TorchGenerator(2), -1, 1);

    [Test]
    public void TheLossReceivesTheOutputAndIsReturned()
    {
        ResNet network = Network();
        TrainingPlan plan = StepResult.Compile(network, Shape);
        float[] seen = [];
        double loss = plan.Run(Images, (output, gradient) =>
        {
            seen = output.ToArray();
            gradient.Clear();
            return 4.5;
        });
        Assert.That(loss, Is.EqualTo(4.5));
        Assert.That((plan.InputShape, plan.OutputShape), Is.EqualTo((Shape, Weights.Shape)));
        Assert.That(seen, Has.Length.EqualTo(20).And.Some.Not.Zero);
        Assert.That(plan.Gradients.Norm(), Is.Zero, "for a loss that does not depend on the output");
        Assert.That(plan.WorkspaceBytes, Is.Positive);
        Assert.That(plan.TapeReason, Is.Null);
    }

    [Test]
    public void AStepUpdatesRunningStatisticsAndCountsTheBatch()
    {
        ResNet network = Network();
        StepResult once = StepResult.OnPlan(StepResult.Compile(network, Shape), network, Images, Weights);
        TrainingPlan plan = StepResult.Compile(network, Shape);
        plan.Run(Images, Zero);
        plan.Run(Images, Zero);
        foreach ((string path, BatchNorm2d norm) in Norms(network))
        {
            Assert.That(norm.NumBatchesTracked!.Value.ReadOnlySpan[0], Is.EqualTo(2), path);
            float[] one = once.Buffers[path + ".running_var"];
            float[] two = norm.RunningVar!.Value.ReadOnlySpan.ToArray();
            for (int c = 0; c < one.Length; c++) // of variance v: 1, then 0.9 + 0.1 v, then 0.9 (0.9 + 0.1 v) + 0.1 v
                Assert.That(two[c], Is.EqualTo(0.9 * one[c] + (one[c] - 0.9)).Within(4e-7 * Math.Max(1, two[c])), path);
        }
    }

    [Test]
    public void AStepInEvaluationModeDoesNotChangeTheStatistics()
    {
        ResNet network = Network();
        network.Eval();
        StepResult result = StepResult.OnPlan(StepResult.Compile(network, Shape), network, Images, Weights);
        foreach ((string path, StateTensor buffer) in network.NamedBuffers()) Close.AssertSameBits(result.Buffers[path], buffer.Value.ReadOnlySpan, path);
    }

    [Test]
    public void MicroBatchesAccumulateGradients([Values("cifar_resnet20", "resnext50_32x4d")] string name)
    {
        ResNet network = Network(name);
        TrainingPlan plan = StepResult.Compile(network, Shape);
        Tensor others = Tensor.Uniform(Shape, new TorchGenerator(3), -1, 1);
        StepResult first = StepResult.OnPlan(plan, network, Images, Weights), second = StepResult.OnPlan(plan, network, others, Weights);
        StepResult again = StepResult.OnPlan(plan, network, Images, Weights);
        again.AssertSameBits(first, "without accumulation, gradients are overwritten");
        StepResult both = StepResult.OnPlan(plan, network, others, Weights, accumulate: true);
        foreach ((string path, float[] sum) in both.Gradients)
        {
            double[] expected = [.. first.Gradients[path].Zip(second.Gradients[path], (a, b) => (double)a + b)];
            double[] magnitude = [.. first.Gradients[path].Zip(second.Gradients[path], (a, b) => Math.Abs((double)a) + Math.Abs(b))];
            double relative = Tolerance(network, Precision.Fast), largest = magnitude.Max(); // sums may start from the accumulated value and then round differently
            Close.AssertWithin(sum, expected, [.. magnitude.Select(_ => largest)], relative, path);
        }
    }

    [Test]
    public void ParametersReplacedBetweenStepsAreUsed()
    {
        ResNet network = Network(), other = Network();
        foreach (Parameter parameter in other.Parameters()) parameter.Value = Scaled(parameter.Value, 1.25f);
        TrainingPlan plan = StepResult.Compile(network, Shape);
        StepResult before = StepResult.OnPlan(plan, network, Images, Weights);
        StepResult expected = StepResult.OnPlan(StepResult.Compile(other, Shape), other, Images, Weights);
        network.LoadStateDict(other.StateDict());
        StepResult after = StepResult.OnPlan(plan, network, Images, Weights);
        after.AssertSameBits(expected, "after LoadStateDict");
        Assert.That(after.Output, Is.Not.EqualTo(before.Output));
    }

    [Test]
    public void ParametersChangedByAnOptimizerAreUsed()
    {
        ResNet network = Network();
        TrainingPlan plan = StepResult.Compile(network, Shape);
        Sgd optimizer = new(ParameterGroup.Of(network), momentum: 0.9);
        CrossEntropyLoss loss = new();
        int[] labels = [3, 7];
        double[] losses = new double[12];
        for (int i = 0; i < losses.Length; i++)
        {
            losses[i] = plan.Run(Images, (output, gradient) => loss.Compute(output, 10, labels, gradient));
            optimizer.Step(plan.Gradients, 0.01);
        }
        Assert.That(losses[^1], Is.LessThan(0.3 * losses[0]), string.Join(", ", losses));
    }

    [Test]
    public void AHeadAloneTrainsOnFeatures()
    {
        Linear head = new(64, 10, generator: new TorchGenerator(4));
        Tensor features = Tensor.Uniform([32, 64], new TorchGenerator(5), -1, 1), weights = Tensor.Uniform([32, 10], new TorchGenerator(6), -1, 1);
        StepResult actual = StepResult.OnPlan(StepResult.Compile(head, features.Shape), head, features, weights);
        actual.AssertClose(StepResult.OnTape(head, features, weights), TrainingTolerance.Relative(head.Trace(features.Shape), Precision.Exact), "head");
    }

    [Test]
    public void AFrozenBodyHasNoGradientsButItsHeadDoes()
    {
        ResNet network = Network();
        foreach ((string path, Parameter parameter) in network.NamedParameters()) parameter.RequiresGrad = path.StartsWith("linear.", StringComparison.Ordinal);
        StepResult actual = StepResult.OnPlan(StepResult.Compile(network, Shape), network, Images, Weights);
        Assert.That(actual.Gradients.Keys, Is.EqualTo(new[] { "linear.weight", "linear.bias" }));
        actual.AssertClose(StepResult.OnTape(network, Images, Weights), Tolerance(network, Precision.Fast), "frozen body");
        Shape large = [8, 3, 32, 32]; // activations that outweigh the kernels' scratch on every vector width
        long whole = StepResult.Compile(Network(), large).WorkspaceBytes;
        Assert.That(new TrainingPlan(network, large).WorkspaceBytes, Is.LessThan(whole / 2), "nothing is kept for the backward pass");
    }

    private static readonly Dictionary<string, (Func<Module> Create, Shape Input, string Reason)> Unsupported = new()
    {
        ["softmax"] = (() => new Sequential(new Linear(5, 4, generator: new(1)), new Softmax(-1)), [3, 5], "Softmax"),
        ["pooling to 7 x 7"] = (() => new Sequential(new Conv2d(3, 8, 3, generator: new(1)), new AdaptiveAvgPool2d(7)), Shape, "AdaptiveAvgPool2d"),
        ["ReLU of features"] = (() => new Sequential(new Linear(5, 4, generator: new(1)), new ReLU()), [3, 5], "ReLU"),
        ["a linear layer over three dimensions"] = (() => new Linear(5, 4, generator: new(1)), [2, 3, 5], "neither images nor features"),
        ["a convolution used twice"] = (() =>
        {
            Conv2d layer = new(3, 3, 3, padding: 1, generator: new(1));
            return new Sequential(layer, new ReLU(), layer);
        }, Shape, "uses a parameter that an earlier step uses"),
        ["a batch norm used twice"] = (() =>
        {
            BatchNorm2d layer = new(3);
            return new Sequential(layer, new ReLU(), layer);
        }, Shape, "uses a parameter that an earlier step uses"),
        ["no images"] = (() => new Conv2d(3, 4, 3, generator: new(1)), [0, 3, 8, 8], "neither images nor features"),
    };

    private static IEnumerable<string> UnsupportedNames => Unsupported.Keys;

    [TestCaseSource(nameof(UnsupportedNames))]
    public void UnsupportedNetworksRunOnTheTapeAndReportWhy(string name)
    {
        (Func<Module> create, Shape shape, string reason) = Unsupported[name];
        Module module = create();
        Tensor input = Tensor.Uniform(shape, new TorchGenerator(1), -1, 1);
        TrainingPlan plan = new(module, shape);
        Assert.That(plan.TapeReason, Does.Contain(reason));
        Assert.That(plan.Describe(), Is.EqualTo($"gradient tape: {plan.TapeReason}"));
        Assert.That(plan.WorkspaceBytes, Is.Zero);
        Tensor weights = Tensor.Uniform(plan.OutputShape, new TorchGenerator(2), -1, 1);
        StepResult expected = StepResult.OnTape(module, input, weights);
        StepResult.OnPlan(plan, module, input, weights).AssertSameBits(expected, name);
        StepResult twice = StepResult.OnPlan(plan, module, input, weights, accumulate: true);
        foreach ((string path, float[] gradient) in expected.Gradients) Assert.That(twice.Gradients[path], Is.EqualTo(gradient.Select(value => 2 * value)), path);
    }

    [Test]
    public void ANetworkWithNothingToTrainReportsIt()
    {
        ResNet network = Network();
        foreach (Parameter parameter in network.Parameters()) parameter.RequiresGrad = false;
        Assert.That(new TrainingPlan(network, Shape).Describe(), Does.Contain("no parameter that requires a gradient"));
    }

    [Test]
    public void AStepAllocatesNothing([Values(1, 2)] int threads, [Values("cifar_resnet20", "resnet18", "resnext50_32x4d")] string name, [Values] bool recompute)
    {
        using TeamBudget budget = new(threads);
        ResNet network = Network(name);
        ExecutionOptions options = new() { Threads = threads };
        TrainingPlan plan = new(network, Shape, options, recompute);
        Sgd optimizer = new(ParameterGroup.Of(network), momentum: 0.9, options: options);
        CrossEntropyLoss loss = new();
        int[] labels = [3, 7];
        LossFunction function = (output, gradient) => loss.Compute(output, 10, labels, gradient);
        void Step()
        {
            plan.Run(Images, function);
            optimizer.Step(plan.Gradients, 0.001);
        }
        Assert.That(Allocation.Of(Step), Is.Zero, "on this thread, which does the same work as the others");
        if (name != "cifar_resnet20") return; // steps of the other networks take so long that the test host allocates in the meantime
        long all = long.MaxValue; // the least of several attempts
        for (int attempt = 0; attempt < 20 && all > 0; attempt++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            Step();
            all = Math.Min(all, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
        Assert.That(all, Is.Zero, "on all threads");
    }

    [Test]
    public void AnInputOfAnotherShapeIsRejectedAndChangesNothing()
    {
        ResNet network = Network();
        TrainingPlan plan = StepResult.Compile(network, Shape);
        ShapeMismatchException exception = Assert.Throws<ShapeMismatchException>(() => plan.Run(Tensor.Zeros([3, 3, 16, 16]), Zero))!;
        Assert.That(exception.Message, Does.Contain("[3, 3, 16, 16]").And.Contain("[2, 3, 16, 16]"));
        Assert.That(Norms(network).First().Norm.NumBatchesTracked!.Value.ReadOnlySpan[0], Is.Zero);
        Assert.Throws<ShapeMismatchException>(() => new TrainingPlan(network, [2, 4, 16, 16]));
    }

    [Test]
    public void ALossThatThrowsLeavesThePlanUsable([Values(1, 2)] int threads)
    {
        ResNet network = Network();
        TrainingPlan plan = StepResult.Compile(network, Shape, new ExecutionOptions { Threads = threads });
        StepResult expected = StepResult.OnPlan(plan, network, Images, Weights);
        Assert.Throws<ArithmeticException>(() => plan.Run(Images, (_, _) => throw new ArithmeticException("no such label")));
        network.LoadStateDict(Network().StateDict()); // the failed call updated the statistics
        StepResult.OnPlan(plan, network, Images, Weights).AssertSameBits(expected, "after the failure");
    }

    private static double Zero(ReadOnlySpan<float> output, Span<float> gradient)
    {
        gradient.Clear();
        return 0;
    }

    private static double Tolerance(Module network, Precision precision) => TrainingTolerance.Relative(network.Trace(Shape), precision);

    private static IEnumerable<(string Path, BatchNorm2d Norm)> Norms(Module network) =>
        network.NamedModules().Where(entry => entry.Module is BatchNorm2d).Select(entry => (entry.Path, (BatchNorm2d)entry.Module));

    private static Tensor Scaled(Tensor tensor, float factor) => Tensor.FromArray([.. tensor.ReadOnlySpan.ToArray().Select(value => factor * value)], tensor.Shape);

    /// <summary>In training mode, with fresh statistics.</summary>
    private static ResNet Network(string name = "cifar_resnet20")
    {
        ResNetConfig config = ResNetVariants.Get(name);
        return new ResNet(config with { NumClasses = 10, Depths = [.. config.Depths.Select(_ => 1)] }, new TorchGenerator(0));
    }
}
