using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Plans.Lowering.Fusion;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Plans;

/// <summary>Each pass alone preserves the result and fuses only permitted nodes.</summary>
public sealed class PassTests
{
    private static readonly Tensor Input = Tensor.Uniform([2, 20, 9, 8], new TorchGenerator(6), -1, 1);

    [Test]
    public void FoldingABatchNormPreservesTheResult([Values] Precision precision)
    {
        Graph graph = Block().Trace(Input.Shape);
        double[] exact = ReferenceNetwork.Run(graph, Input);
        PlanPipeline plain = new(graph, precision), folded = new(graph, precision, FoldBatchNorm.Apply);
        Assert.That(Count(plain.Fused, ": BatchNorm2d "), Is.EqualTo(3));
        Assert.That(Count(folded.Fused, ": BatchNorm2d "), Is.EqualTo(1), "a norm without a preceding convolution stays");
        Assert.That(Count(folded.Fused, ": Conv2d + BatchNorm2d "), Is.EqualTo(2));
        double tolerance = Agreement.Tolerance(plain.Run(graph, Input), exact, precision);
        Agreement.AssertClose(folded.Run(graph, Input), exact, tolerance, "folded");
    }

    [Test]
    public void FusingASumDoesNotChangeResults([Values] Precision precision) =>
        CheckSameBits(precision, FuseAdd.Apply, (before, after) =>
        {
            Assert.That(Count(before, ": Add "), Is.EqualTo(3));
            Assert.That(Count(after, ": Add "), Is.EqualTo(2), "neither a value added to itself nor its sum with another value can be fused");
            Assert.That(Count(after, "Conv2d + Add "), Is.EqualTo(1));
        });

    [Test]
    public void FusingAReluDoesNotChangeResults([Values] Precision precision) =>
        CheckSameBits(precision, FuseRelu.Apply, (before, after) =>
        {
            Assert.That(Count(before, ": ReLU "), Is.EqualTo(3));
            Assert.That(Count(after, ": ReLU "), Is.EqualTo(1), "the ReLU of a value that is read again stays");
            Assert.That(Count(after, " + ReLU "), Is.EqualTo(2));
        });

    [TestCase("layer1.1", true)]
    [TestCase("layer3.1", false)]
    public void PoolingReadsTheInputOfAPointwiseConvolutionIfThatIsLess(string block, bool reads)
    {
        Graph graph = RandomNetwork.Create("seresnet50").GetSubmodule(block).Trace(block == "layer1.1" ? [2, 256, 14, 14] : [2, 1024, 14, 14]);
        Tensor input = Tensor.Uniform(graph.Input.Shape, new TorchGenerator(8), -1, 1);
        PlanPipeline plain = new(graph, Precision.Fast, FoldBatchNorm.Apply), first = new(graph, Precision.Fast, FoldBatchNorm.Apply, PoolFirst.Apply);
        Assert.That(Count(plain.Fused, "se.pool: AdaptiveAvgPool2d "), Is.EqualTo(1));
        Assert.That(Count(first.Fused, "se.pool: Conv2d + BatchNorm2d "), Is.EqualTo(reads ? 1 : 0));
        double[] exact = ReferenceNetwork.Run(graph, input);
        Agreement.AssertClose(first.Run(graph, input), exact, Agreement.Tolerance(plain.Run(graph, input), exact, Precision.Fast), block);
    }

    [Test]
    public void AConvolutionThatOnlyPoolingReadsIsComputedOnceOfTheMean()
    {
        Graph graph = new Sequential(new Conv2d(20, 40, 1, generator: new TorchGenerator(1)), new AdaptiveAvgPool2d(1)).Trace(Input.Shape);
        PlanPipeline plan = new(graph, Precision.Fast, PoolFirst.Apply);
        Assert.That(plan.Fused.Split('\n'), Is.EqualTo(new[]
        {
            "1: AdaptiveAvgPool2d [2, 20, 9, 8] -> [2, 20, 1, 1]",
            "1: Conv2d [2, 20, 1, 1] -> [2, 40, 1, 1]",
        }));
        double[] exact = ReferenceNetwork.Run(graph, Input);
        Agreement.AssertClose(plan.Run(graph, Input), exact, Agreement.Tolerance(new PlanPipeline(graph, Precision.Fast).Run(graph, Input), exact, Precision.Fast), "mean");
    }

    [Test]
    public void AnExcitedResidualUnitAddsItsShortcutAsItScalesItsPlanes()
    {
        ResNetConfig config = ResNetVariants.Get("resnet18") with { SqueezeReduction = 16 };
        Graph graph = new ResNet(config, new TorchGenerator(1)).Eval().GetSubmodule("layer1.0").Trace([1, 64, 8, 8]);
        Assert.That(new PlanPipeline(graph, Precision.Fast, PlanPipeline.AllPasses).Fused.Split('\n')[^1],
            Is.EqualTo("se: Mul + Add + ReLU [1, 64, 8, 8], [1, 64, 1, 1], [1, 64, 8, 8] -> [1, 64, 8, 8]"));
    }

    [Test]
    public void AllPassesTogetherReduceAResidualUnitToTwoConvolutions()
    {
        Graph graph = RandomNetwork.Create("resnet18").GetSubmodule("layer1.0").Trace([1, 64, 8, 8]);
        Assert.That(new PlanPipeline(graph, Precision.Fast, PlanPipeline.AllPasses).Fused.Split('\n'), Is.EqualTo(new[]
        {
            "conv1: Conv2d + BatchNorm2d + ReLU [1, 64, 8, 8] -> [1, 64, 8, 8]",
            "conv2: Conv2d + BatchNorm2d + Add + ReLU [1, 64, 8, 8], [1, 64, 8, 8] -> [1, 64, 8, 8]",
        }));
    }

    [Test]
    public void ANormWithBatchStatisticsIsNotFolded()
    {
        Graph graph = new Sequential(new Conv2d(3, 4, 1), new BatchNorm2d(4, trackRunningStats: false)).Eval().Trace([2, 3, 4, 4]);
        Assert.That(new PlanPipeline(graph, Precision.Fast, PlanPipeline.AllPasses).Fused, Does.Contain("1: BatchNorm2d "));
    }

    [Test]
    public void AnOutputThatIsAlsoAnOperandIsNotFused()
    {
        Module convolution = new Conv2d(20, 20, 3, padding: 1, generator: new TorchGenerator(1)).Eval();
        Graph graph = Graph.Trace(Input.Shape, x =>
        {
            Value y = convolution.Forward(x);
            _ = new ReLU().Forward(y); // unused
            return y;
        });
        PlanPipeline plan = new(graph, Precision.Fast, PlanPipeline.AllPasses);
        Agreement.AssertClose(plan.Run(graph, Input), ReferenceNetwork.Run(graph, Input),
            Agreement.Tolerance(convolution.ForwardReference(Input).ReadOnlySpan, ReferenceNetwork.Run(graph, Input), Precision.Fast), "output");
    }

    private static void CheckSameBits(Precision precision, Action<PlanGraph> pass, Action<string, string> check)
    {
        Graph graph = new Sums().Eval().Trace(Input.Shape);
        PlanPipeline before = new(graph, precision), after = new(graph, precision, pass);
        check(before.Fused, after.Fused);
        Close.AssertSameBits(after.Run(graph, Input), before.Run(graph, Input), "after the pass");
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static Sequential Block()
    {
        TorchGenerator generator = new(3);
        Sequential block = new(new BatchNorm2d(20), new Conv2d(20, 24, 3, padding: 1, generator: generator), new BatchNorm2d(24), new ReLU(),
            new Conv2d(24, 17, 1, bias: false, generator: generator), new BatchNorm2d(17));
        RandomNetwork.Randomize(block, generator);
        block.Eval();
        return block;
    }

    private sealed class Sums : Module
    {
        private readonly Module _first, _second, _relu;

        public Sums()
        {
            TorchGenerator generator = new(4);
            _first = Register("first", new Conv2d(20, 20, 3, padding: 1, generator: generator));
            _second = Register("second", new Conv2d(20, 20, 1, generator: generator));
            _relu = Register("relu", new ReLU());
        }

        protected override Value ForwardCore(Value input)
        {
            Value x = _relu.Forward(_first.Forward(input));
            Value y = _relu.Forward(_second.Forward(x) + input);
            Value z = _first.Forward(y), rectified = _relu.Forward(z);
            return rectified + (z + z);
        }
    }
}
