using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Kernels.Threading;
using ResNetManaged.Training;

namespace ResNetManaged.Tests.Plans.Training;

/// <summary>A training step of whole networks matches the gradient tape.</summary>
public sealed class TrainingVariantTests
{
    private const int Classes = 10;

    /// <summary>The networks conditioned below lose digits when a batch norm subtracts its mean, which is up to this many times the deviation.</summary>
    private const double ShiftOverScale = 7;

    /// <summary>Only the stem's pooling windows come this close; the error of its convolution, of 147 products without Winograd, is smaller.</summary>
    private const double SmallestDistance = 2e-6;

    private static readonly int[] Short = [2, 1, 1, 1]; // the first block of a stage and a repeated one
    private static readonly int[] Whole = [int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue];

    private static IEnumerable<string> Families() => ResNetVariants.WellKnown.DistinctBy(name => Shortened(name, Short));

    [TestCaseSource(nameof(Families))]
    public void EveryKindOfNetworkMatchesTheTape(string name) => Check(name, Short, SimdPath.Auto);

    [Explicit("Creates 700 million weights.")]
    [Category("Long")]
    [TestCaseSource(typeof(ResNetVariants), nameof(ResNetVariants.WellKnown))]
    public void EveryVariantMatchesTheTape(string name) => Check(name, Whole, SimdPath.Auto);

    [Test]
    public void EveryAcceleratedWidthMatchesTheTape(
        [ValueSource(typeof(SimdDispatch), nameof(SimdDispatch.Accelerated))] SimdPath path) => Check("cifar_resnet20", Short, path);

    [Test]
    public void ThreadCountDoesNotChangeResults([Values("cifar_resnet20", "resnet18", "resnext50_32x4d", "seresnet50")] string name,
        [Values] Precision precision)
    {
        ResNet network = Create(name, Short);
        Tensor input = Tensor.Uniform([3, 3, 45, 39], new TorchGenerator(1), -1, 1), weights = Tensor.Uniform([3, Classes], new TorchGenerator(2), -1, 1);
        StepResult Step(int threads) =>
            StepResult.OnPlan(StepResult.Compile(network, input.Shape, new ExecutionOptions { Precision = precision, Threads = threads }), network, input, weights);
        StepResult one = Step(1);
        foreach (int threads in (int[])[2, 3])
        {
            using TeamBudget budget = new(threads);
            Step(threads).AssertSameBits(one, $"{name}, {precision}, {threads} threads");
        }
    }

    private static void Check(string name, int[] mostBlocks, SimdPath path)
    {
        ResNet network = Create(name, mostBlocks);
        int side = network.Config.Stem == StemKind.Cifar ? 32 : 64;
        Tensor input = Kinks.InputFarFrom(network, [2, 3, side, side], SmallestDistance), weights = Tensor.Uniform([2, Classes], new TorchGenerator(2), -1, 1);
        Graph graph = network.Trace(input.Shape);
        StepResult expected = StepResult.OnTape(network, input, weights);
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            TrainingPlan plan = StepResult.Compile(network, input.Shape, new ExecutionOptions { Precision = precision, Simd = path, Threads = 2 });
            double worst = StepResult.OnPlan(plan, network, input, weights)
                .AssertClose(expected, ShiftOverScale * TrainingTolerance.Relative(graph, precision), $"{name}, {precision}, {path}");
            TestContext.Out.WriteLine($"{precision}: largest error / tolerance {worst:F3}");
        }
    }

    private static ResNetConfig Shortened(string name, int[] mostBlocks)
    {
        ResNetConfig config = ResNetVariants.Get(name);
        return config with { NumClasses = Classes, Depths = [.. config.Depths.Zip(mostBlocks, Math.Min)], ZeroInitLastGamma = true };
    }

    /// <summary>
    /// A network whose ReLU inputs are far from 0 for any input: a batch norm's shift is several times its scale, so that a channel is positive everywhere or
    /// negative everywhere. With random shifts, rounding would decide the sign of some of a million numbers; the tests of single blocks cover mixed signs.
    /// </summary>
    private static ResNet Create(string name, int[] mostBlocks)
    {
        TorchGenerator generator = new(20);
        ResNet network = new(Shortened(name, mostBlocks), generator);
        Random random = new(20);
        foreach (BatchNorm2d norm in network.NamedModules().Select(entry => entry.Module).OfType<BatchNorm2d>())
        {
            bool endsBranch = norm.Weight!.Value.ReadOnlySpan[0] == 0;
            (float scale, float least, float most, float off) = endsBranch ? (1f, 6f, 7f, -1000f) : (0.5f, 2.5f, 3f, -3f);
            norm.Weight.Value = Tensor.Uniform(norm.Weight.Shape, generator, 0.8f * scale, scale);
            norm.Bias!.Value = Tensor.Uniform(norm.Bias.Shape, generator, least, most);
            foreach (ref float shift in norm.Bias.Value.Span)
                if (random.Next(4) == 0) shift = off; // a block's sum is positive unless the branch turns it off
        }
        foreach ((string path, Conv2d layer) in network.NamedModules().Where(entry => entry.Module is Conv2d).Select(entry => (entry.Path, (Conv2d)entry.Module)))
        {
            if (!path.EndsWith("se.fc1", StringComparison.Ordinal) && !path.EndsWith("se.fc2", StringComparison.Ordinal)) continue;
            // Small weights: the shift decides each ReLU of the squeeze, and every gate stays far from 0.
            layer.Weight.Value = Tensor.Uniform(layer.Weight.Shape, generator, -0.002f, 0.002f);
            layer.Bias!.Value = Tensor.Uniform(layer.Bias.Shape, generator, 0.5f, 1f);
            foreach (ref float shift in layer.Bias.Value.Span)
                if (random.Next(4) == 0) shift = -shift;
        }
        return network;
    }
}
