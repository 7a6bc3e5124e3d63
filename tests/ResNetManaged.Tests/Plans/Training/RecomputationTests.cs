using NUnit.Framework;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Kernels.Threading;
using ResNetManaged.Training;

namespace ResNetManaged.Tests.Plans.Training;

/// <summary>Recomputed activations equal those that would have been kept: the same results in less memory.</summary>
public sealed class RecomputationTests
{
    private const string Again = ", computed again";

    [Test]
    public void RecomputationDoesNotChangeResults(
        [Values("resnet18", "resnet50", "resnext50_32x4d", "textbook_resnet18", "textbook_resnet50", "cifar_resnet20")] string name)
    {
        ResNet network = Network(name);
        (TrainingPlan kept, TrainingPlan again) = Plans(network, Input(network));
        foreach (ulong seed in (ulong[])[1, 2]) // the second step starts with memory left by the first
        {
            (Tensor images, Tensor weights) = Data(network, seed);
            StepResult expected = StepResult.OnPlan(kept, network, images, weights);
            foreach ((string path, float[] gradient) in expected.Gradients)
            {
                bool mayBeUnused = path.Contains(".skipconv.", StringComparison.Ordinal); // the article's units have it even if they do not use it
                Assert.That(gradient.All(float.IsFinite) && (mayBeUnused || gradient.Any(value => value != 0)), Is.True, path);
            }
            StepResult.OnPlan(again, network, images, weights).AssertSameBits(expected, name);
        }
    }

    [TestCase("resnet18", 224, 0.75)]
    [TestCase("resnet50", 224, 0.5)]
    [TestCase("cifar_resnet20", 32, 0.75)]
    public void RecomputationNeedsLessMemory(string name, int side, double share)
    {
        ResNet network = ResNet.Create(name);
        (TrainingPlan kept, TrainingPlan again) = Plans(network, [8, 3, side, side]);
        TestContext.Out.WriteLine($"{again.WorkspaceBytes} of {kept.WorkspaceBytes} bytes: {(double)again.WorkspaceBytes / kept.WorkspaceBytes:F3}");
        Assert.That(again.WorkspaceBytes, Is.LessThan(share * kept.WorkspaceBytes));
    }

    [Test]
    public void MicroBatchesGiveTheSameBits([Values("cifar_resnet20", "resnet50")] string name)
    {
        ResNet network = Network(name);
        (TrainingPlan kept, TrainingPlan again) = Plans(network, Input(network));
        foreach (bool accumulate in (bool[])[false, true])
        {
            (Tensor images, Tensor weights) = Data(network, seed: accumulate ? 2UL : 1UL);
            StepResult expected = StepResult.OnPlan(kept, network, images, weights, accumulate);
            StepResult.OnPlan(again, network, images, weights, accumulate).AssertSameBits(expected, $"{name}, accumulate {accumulate}");
        }
    }

    [Test]
    public void ThreadCountDoesNotChangeResults([Values("cifar_resnet20", "resnet50")] string name)
    {
        ResNet network = Network(name);
        (Tensor images, Tensor weights) = Data(network, seed: 1);
        StepResult Step(int threads, bool recompute) =>
            StepResult.OnPlan(new TrainingPlan(network, images.Shape, new ExecutionOptions { Threads = threads }, recompute), network, images, weights);
        StepResult kept = Step(1, recompute: false);
        foreach (int threads in (int[])[1, 2, 3])
        {
            using TeamBudget budget = new(threads);
            Step(threads, recompute: true).AssertSameBits(kept, $"{name}, {threads} threads");
        }
    }

    [Test]
    public void EveryAcceleratedWidthGivesTheSameBits([ValueSource(typeof(SimdDispatch), nameof(SimdDispatch.Accelerated))] SimdPath path)
    {
        ResNet network = Network("cifar_resnet20");
        (TrainingPlan kept, TrainingPlan again) = Plans(network, Input(network), new ExecutionOptions { Simd = path });
        (Tensor images, Tensor weights) = Data(network, seed: 1);
        StepResult.OnPlan(again, network, images, weights).AssertSameBits(StepResult.OnPlan(kept, network, images, weights), $"{path}");
    }

    [Test]
    public void BlockOutputsAndTheLastBlockAreKept()
    {
        ResNet network = Network("resnet18");
        string[] steps = new TrainingPlan(network, Input(network), recompute: true).Describe().Split('\n');
        string[] again = [.. steps.Where(step => step.EndsWith(Again, StringComparison.Ordinal)).Select(step => step[..step.IndexOf(':')])];
        Assert.That(again, Is.EqualTo(new[]
        {
            "conv1", "bn1", "layer1.0.conv1", "layer1.0.bn1", "layer1.0.conv2", "layer1.0.downsample.0", "layer1.1.conv1", "layer1.1.bn1", "layer1.1.conv2",
            "layer2.0.conv1", "layer2.0.bn1", "layer2.0.conv2", "layer2.0.downsample.0",
            "layer3.0.conv1", "layer3.0.bn1", "layer3.0.conv2", "layer3.0.downsample.0",
        }));
        Assert.That(new TrainingPlan(network, Input(network)).Describe(), Does.Not.Contain(Again));
    }

    [Test]
    public void StepsWithoutABackwardPassAreNotRecomputed()
    {
        ResNet network = Network("resnet18");
        foreach ((string path, Parameter parameter) in network.NamedParameters()) parameter.RequiresGrad = !path.StartsWith("conv1.", StringComparison.Ordinal)
            && !path.StartsWith("bn1.", StringComparison.Ordinal) && !path.StartsWith("layer1.", StringComparison.Ordinal);
        (TrainingPlan kept, TrainingPlan again) = Plans(network, Input(network));
        string[] steps = [.. again.Describe().Split('\n').Where(step => step.EndsWith(Again, StringComparison.Ordinal))];
        Assert.That(steps, Is.Not.Empty.And.All.StartWith("layer2.").Or.StartWith("layer3."));
        (Tensor images, Tensor weights) = Data(network, seed: 1);
        StepResult.OnPlan(again, network, images, weights).AssertSameBits(StepResult.OnPlan(kept, network, images, weights), "with frozen first layers");
    }

    [Test]
    public void FrozenStatisticsAreReused()
    {
        ResNet network = Network("resnet50");
        network.Eval();
        (TrainingPlan kept, TrainingPlan again) = Plans(network, Input(network));
        (Tensor images, Tensor weights) = Data(network, seed: 1);
        StepResult.OnPlan(again, network, images, weights).AssertSameBits(StepResult.OnPlan(kept, network, images, weights), "evaluation mode");
    }

    [Test]
    public void WithoutShortcutsNothingIsRecomputed()
    {
        Sequential chain = new(new Conv2d(3, 8, 3, generator: new(1)), new BatchNorm2d(8), new ReLU(), new Conv2d(8, 8, 3, generator: new(2)));
        (TrainingPlan kept, TrainingPlan again) = Plans(chain, [2, 3, 16, 16]);
        Assert.That((again.Describe(), again.WorkspaceBytes), Is.EqualTo((kept.Describe(), kept.WorkspaceBytes)));
    }

    private static (TrainingPlan Kept, TrainingPlan Again) Plans(Module module, Shape input, ExecutionOptions? options = null)
    {
        TrainingPlan again = new(module, input, options, recompute: true);
        Assert.That(again.Describe(), Does.Not.StartWith("gradient tape"));
        return (StepResult.Compile(module, input, options), again);
    }

    private static Shape Input(ResNet network) => network.Config.Stem == StemKind.Cifar ? [3, 3, 16, 16] : [3, 3, 45, 39];

    private static (Tensor Images, Tensor Weights) Data(ResNet network, ulong seed)
    {
        TorchGenerator generator = new(seed);
        return (Tensor.Uniform(Input(network), generator, -1, 1), Tensor.Uniform([3, network.Config.NumClasses], generator, -1, 1));
    }

    /// <summary>
    /// A network with few channels (except the article's, whose stem has a fixed number), two blocks in the first stage and one in each other, and batch
    /// norms without zero weights.
    /// </summary>
    private static ResNet Network(string name)
    {
        ResNetConfig config = ResNetVariants.Get(name);
        TorchGenerator generator = new(0);
        ResNet network = new(config with
        {
            NumClasses = 10,
            Widths = config.Stem == StemKind.CeilPooling ? config.Widths : [.. config.Widths.Select(width => Math.Max(16, width / 4))],
            Depths = [.. config.Depths.Select((_, stage) => stage == 0 ? 2 : 1)],
        }, generator);
        foreach (BatchNorm2d norm in network.NamedModules().Select(entry => entry.Module).OfType<BatchNorm2d>())
            norm.Weight!.Value = Tensor.Uniform(norm.Weight.Shape, generator, 0.5f, 1.5f);
        return network;
    }
}
