using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Activations;
using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Activations;
using ResNetManaged.Layers.Pooling;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Plans;

/// <summary>Layers whose plans have kernels for every vector width and run nothing on plain tensors.</summary>
public sealed class PlanWidthTests
{
    private static readonly TorchGenerator Generator = new(5);

    private static readonly Dictionary<string, (Func<Module> Create, Shape Input)> Cases = new()
    {
        ["average pooling between convolutions, as in ResNet-D"] = (() => new Sequential(new Conv2d(3, 33, 3, generator: Generator),
            new AvgPool2d(2, ceilMode: true, countIncludePad: false), new Conv2d(33, 20, 1, generator: Generator)), [2, 3, 11, 9]),
        ["average pooling of overlapping windows"] = (() => new AvgPool2d(3, 2, 1), [2, 20, 9, 8]),
        ["average pooling padded on two sides"] =
            (() => new AvgPool2d((2, 3), 2, new Padding2D(1, 0, 0, 1), ceilMode: true, countIncludePad: false), [3, 17, 8, 9]),
        ["maximum pooling padded on two sides"] = (() => new MaxPool2d(3, 2, new Padding2D(0, 0, 1, 1)), [2, 20, 8, 10]),
        ["strided convolutions padded as TensorFlow does"] = (() => new Sequential(new Conv2d(3, 20, 3, 2, new Padding2D(0, 0, 1, 1), generator: Generator),
            new ReLU(), new Conv2d(20, 33, 3, 2, new Padding2D(0, 0, 1, 1), generator: Generator)), [2, 3, 16, 18]),
        ["a 3x3 convolution padded unevenly"] = (() => new Conv2d(20, 36, 3, padding: new Padding2D(1, 0, 0, 2), generator: Generator), [2, 20, 9, 10]),
        ["an even kernel"] = (() => new Conv2d(20, 18, (2, 4), padding: new Padding2D(1, 1, 0, 2), generator: Generator), [2, 20, 9, 10]),
        ["a depthwise convolution padded unevenly"] =
            (() => new Conv2d(20, 20, 3, 2, new Padding2D(0, 1, 1, 0), groups: 20, generator: Generator), [2, 20, 9, 10]),
        ["a stem padded unevenly"] = (() => new Sequential(new Conv2d(3, 20, 7, 2, new Padding2D(2, 2, 3, 3), generator: Generator), new ReLU(),
            new MaxPool2d(3, 2, new Padding2D(0, 0, 1, 1))), [2, 3, 32, 34]),
        ["maximum pooling of a plane padded with zeros"] = (() => new MaxPool2d(3, 2, 1) { PadsWithZeros = true }, [2, 20, 9, 8]),
        ["a blur of every second pixel"] = (() => new BlurPool2d(2), [2, 20, 9, 8]),
        ["a blur of every pixel of the smallest plane"] = (() => new BlurPool2d(1), [2, 20, 2, 2]),
        ["a convolution over channels"] = (() => new Sequential(new AdaptiveAvgPool2d(1), new ChannelConv1d(5, Generator)), [2, 37, 3, 4]),
        ["a convolution over fewer channels than its kernel"] = (() => new ChannelConv1d(9, Generator), [3, 3, 1, 1]),
        ["global means and maxima"] = (() => new Sequential(new GlobalPool2d(mean: true, concatenates: true), new Flatten()), [2, 20, 9, 8]),
        ["the mean of global maxima and means"] = (() => new GlobalPool2d(mean: true, concatenates: false), [2, 20, 9, 8]),
        ["convolutions with standardized weights"] = (() => new Sequential(new Conv2d(3, 20, 7, 2, 3, bias: false, generator: Generator) { StandardizationEps = 1e-8 },
            new Conv2d(20, 36, 3, padding: 1, generator: Generator) { StandardizationEps = 1e-8 }), [2, 3, 33, 34]),
        ["flattening a plane"] = (() => new Sequential(new Conv2d(3, 20, 3, generator: Generator), new Flatten(), new Linear(20 * 12, 5, generator: Generator)),
            [3, 3, 5, 6]),
        ["a group norm of groups narrower than a block"] = (() => GroupNormBlock.Norm(8, 32, Generator), [2, 32, 5, 6]),
        ["a group norm of groups wider than a block"] = (() => GroupNormBlock.Norm(2, 96, Generator), [2, 96, 5, 6]),
        ["a group norm of groups that cross blocks"] = (() => GroupNormBlock.Norm(10, 30, Generator), [2, 30, 5, 6]),
        ["a group norm of one group"] = (() => GroupNormBlock.Norm(1, 20, Generator), [3, 20, 23, 24]),
        ["a group norm of single channels, without parameters"] = (() => new GroupNorm(20, 20, affine: false), [2, 20, 5, 6]),
        ["a group norm between convolutions"] = (() => new Sequential(new Conv2d(3, 24, 3, generator: Generator), GroupNormBlock.Norm(4, 24, Generator),
            new ReLU(), new Conv2d(24, 5, 3, padding: 1, generator: Generator)), [2, 3, 9, 8]),
        ["a residual block with group norms"] = (() => new GroupNormBlock(24, 40, 8, Generator), [2, 24, 7, 6]),
        ["a residual block with group norms and an identity shortcut"] = (() => new GroupNormBlock(36, 36, 3, Generator, projects: false), [2, 36, 7, 6]),
        ["a depthwise convolution with batch norm and ReLU"] = (() => new Sequential(new Conv2d(3, 36, 1, generator: Generator),
            new Conv2d(36, 36, 3, padding: 1, groups: 36, bias: false, generator: Generator), Randomized(new BatchNorm2d(36)), new ReLU(),
            new Conv2d(36, 20, 1, generator: Generator)), [2, 3, 9, 15]),
        ["a depthwise convolution with hard swish"] = (() => new Sequential(new Conv2d(20, 20, 5, 2, 2, groups: 20, generator: Generator), new Hardswish()), [2, 20, 9, 31]),
        ["a depthwise convolution and a shortcut"] = (() => new Residual(new Conv2d(20, 20, 7, padding: 3, groups: 20, generator: Generator)), [2, 20, 9, 8]),
        ["layer norm over channels"] = (() => LayerNorm(37), [2, 37, 5, 6]),
        ["layer norm over channels, without parameters"] = (() => new OperationModule(new ChannelNormOperation(20, null, null, 1e-6)), [2, 20, 5, 6]),
        ["layer norm over channels between convolutions"] = (() => new Sequential(new Conv2d(3, 24, 3, generator: Generator), LayerNorm(24),
            new Conv2d(24, 5, 3, padding: 1, generator: Generator)), [2, 3, 9, 8]),
        ["factors of channels"] = (() => Scale(37), [2, 37, 5, 6]),
        ["factors of a convolution's channels"] = (() => new Sequential(new Conv2d(3, 20, 3, padding: 1, generator: Generator), Scale(20)), [2, 3, 9, 8]),
        ["factors of the channels of a convolution with batch norm, and a shortcut"] = (() => new Residual(new Sequential(
            new Conv2d(20, 20, 3, padding: 1, generator: Generator), Randomized(new BatchNorm2d(20)), Scale(20))), [2, 20, 9, 8]),
        ["a block of ConvNeXt"] = (() => new Residual(new Sequential(new Conv2d(24, 24, 7, padding: 3, groups: 24, generator: Generator), LayerNorm(24),
            new Conv2d(24, 96, 1, generator: Generator), new OperationModule(GeluOperation.Instance), new Conv2d(96, 24, 1, generator: Generator), Scale(24))), [2, 24, 9, 8]),
    };

    private static BatchNorm2d Randomized(BatchNorm2d norm)
    {
        RandomNetwork.Randomize(norm, Generator);
        return norm;
    }

    private static Parameter Random(int channels) => new([channels], 0) { Value = Tensor.Uniform([channels], Generator, -1, 1) };

    private static OperationModule LayerNorm(int channels)
    {
        Parameter weight = Random(channels), bias = Random(channels);
        return new OperationModule(new ChannelNormOperation(channels, weight, bias, 1e-6), weight, bias);
    }

    private static OperationModule Scale(int channels)
    {
        Parameter weight = Random(channels);
        return new OperationModule(new ScaleOperation(weight), weight);
    }

    private sealed class Residual : Module
    {
        private readonly Module _branch;

        public Residual(Module branch) => _branch = Register("branch", branch);

        protected override Value ForwardCore(Value input) => _branch.Forward(input) + input;
    }

    private static IEnumerable<string> Names => Cases.Keys;

    [Test]
    public void EveryWidthEqualsTheDefinition([ValueSource(nameof(Names))] string name,
        [ValueSource(typeof(SimdDispatch), nameof(SimdDispatch.Accelerated))] SimdPath path, [Values(1, 3)] int threads)
    {
        (Func<Module> create, Shape input) = Cases[name];
        Agreement.Check(create().Eval(), Tensor.Uniform(input, new TorchGenerator(6), -1, 1), path, threads);
    }

    [Test]
    public void WinogradsFilteringOfAnInputOfFewChannelsEqualsTheDefinition(
        [Values(ConvolutionAlgorithm.WinogradF2, ConvolutionAlgorithm.WinogradF4)] ConvolutionAlgorithm algorithm, [Values(1, 3, 4)] int channels,
        [ValueSource(typeof(SimdDispatch), nameof(SimdDispatch.Accelerated))] SimdPath path)
    {
        Module module = new Conv2d(channels, channels, 3, padding: 1, generator: new TorchGenerator(7)).Eval();
        Tensor input = Tensor.Uniform([2, channels, 9, 8], new TorchGenerator(6), -1, 1), expected = module.ForwardReference(input);
        CompiledModel model = module.Compile(new ExecutionOptions { Convolution = algorithm, Simd = path });
        Assert.That(model.PlanFor(input.Shape).ToString(), Does.Contain("Winograd"));
        Assert.That(model.Run(input).AllClose(expected, relative: 0, absolute: 1e-5)); // sums of at most 36 products, none above 1
    }

    [Test]
    public void FactorsOfChannelsAreFoldedIntoTheConvolutionBeforeThem()
    {
        string[] steps = Steps(Cases["a block of ConvNeXt"].Create(), [2, 24, 9, 8]).Split('\n');
        Assert.That(steps.Select(step => step.Split(": ")[1].Split(" [")[0]), Is.EqualTo(new[]
        {
            "Layout", "Conv2d", "ChannelNorm", "Conv2d + GELU", "Conv2d + Scale + Add", "Layout",
        }));
    }

    [Test]
    public void OneConvolutionWithTwoScalesKeepsBoth()
    {
        Conv2d shared = new(20, 20, 3, padding: 1, groups: 20, generator: Generator);
        Module module = new Sequential(shared, Scale(20), shared, Scale(20), shared);
        Agreement.Check(module.Eval(), Tensor.Uniform([1, 20, 6, 5], new TorchGenerator(6), -1, 1));
    }

    [TestCaseSource(nameof(Names))]
    public void NothingRunsOnPlainTensors(string name)
    {
        (Func<Module> create, Shape input) = Cases[name];
        Assert.That(Steps(create(), input), Does.Not.Contain(": reference"));
    }

    [Test]
    public void AGroupNormIsFusedWithTheSumAndReluThatFollow()
    {
        string[] steps = Steps(new GroupNormBlock(24, 40, 8, Generator), [2, 24, 7, 6]).Split('\n');
        Assert.That(steps.Select(step => step.Split(": ")[1].Split(" [")[0]), Is.EqualTo(new[]
        {
            "Layout", "Conv2d", "GroupNorm + ReLU", "Conv2d", "GroupNorm", "Conv2d", "GroupNorm + Add + ReLU", "Layout",
        }));
    }

    private static string Steps(Module module, Shape input) => module.Eval().Compile().PlanFor(input).Describe(PlanStage.Steps);
}
