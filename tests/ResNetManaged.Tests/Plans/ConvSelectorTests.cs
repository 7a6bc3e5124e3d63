using NUnit.Framework;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Plans;

public sealed class ConvSelectorTests
{
    /// <summary>The choices that follow from <see cref="ConvSelector"/>'s measurements; update this table together with its rules.</summary>
    private static readonly Dictionary<string, string> Expected = new()
    {
        ["resnet18"] = """
            1x 3-64 112 k7 s2: WinogradRows
            4x 64-64 56 k3 s1: WinogradF4
            1x 64-128 28 k3 s2: Direct
            3x 128-128 28 k3 s1: WinogradF4
            1x 128-256 14 k3 s2: Direct
            3x 256-256 14 k3 s1: WinogradF4
            1x 256-512 7 k3 s2: Direct
            3x 512-512 7 k3 s1: WinogradF2
            """,
        ["resnet50"] = """
            1x 3-64 112 k7 s2: WinogradRows
            3x 64-64 56 k3 s1: WinogradF4
            1x 128-128 28 k3 s2: Direct
            3x 128-128 28 k3 s1: WinogradF4
            1x 256-256 14 k3 s2: Direct
            5x 256-256 14 k3 s1: WinogradF4
            1x 512-512 7 k3 s2: Direct
            2x 512-512 7 k3 s1: WinogradF2
            """,
        ["cifar_resnet20"] = """
            1x 3-16 32 k3 s1: Direct
            6x 16-16 32 k3 s1: WinogradF4
            1x 16-32 16 k3 s2: Direct
            5x 32-32 16 k3 s1: WinogradF4
            1x 32-64 8 k3 s2: Direct
            5x 64-64 8 k3 s1: WinogradF4
            """,
        ["resnext50_32x4d"] = """
            1x 3-64 112 k7 s2: WinogradRows
            3x 128-128 56 k3 s1: WinogradF4
            1x 256-256 28 k3 s2: Direct
            3x 256-256 28 k3 s1: WinogradF4
            1x 512-512 14 k3 s2: Direct
            5x 512-512 14 k3 s1: Direct
            1x 1024-1024 7 k3 s2: Direct
            2x 1024-1024 7 k3 s1: Direct
            """,
        ["resnext101_32x8d"] = """
            1x 3-64 112 k7 s2: WinogradRows
            3x 256-256 56 k3 s1: WinogradF4
            1x 512-512 28 k3 s2: Direct
            3x 512-512 28 k3 s1: Direct
            1x 1024-1024 14 k3 s2: Direct
            22x 1024-1024 14 k3 s1: Direct
            1x 2048-2048 7 k3 s2: Direct
            2x 2048-2048 7 k3 s1: Direct
            """,
    };

    private static IEnumerable<string> Names => Expected.Keys;

    [TestCaseSource(nameof(Names))]
    public void EachNetworkUsesTheExpectedAlgorithms(string name) => Assert.That(Algorithms(name, Precision.Fast), Is.EqualTo(Expected[name]));

    [TestCaseSource(nameof(Names))]
    public void ExactPrecisionIsAlwaysDirect(string name) => Assert.That(Algorithms(name, Precision.Exact), Does.Not.Contain("Winograd"));

    [Test]
    public void TheChoiceHasAReasonAndDoesNotDependOnTheBatch([Values] Precision precision)
    {
        foreach (int batch in (int[])[1, 2, 32])
        {
            ConvGeometry geometry = new(batch, 64, 14, 64, 3, 1, 1, 1, 1);
            ConvChoice choice = ConvSelector.Choose(geometry, new ExecutionOptions { Precision = precision }, readsInput: false);
            Assert.That(choice, Is.EqualTo(ConvSelector.Choose(new ConvGeometry(1, 64, 14, 64, 3, 1, 1, 1, 1),
                new ExecutionOptions { Precision = precision }, readsInput: false)), "results must not depend on the batch");
            Assert.That(choice.Reason, Is.Not.Empty);
        }
    }

    [TestCase(5, 1, 1)]
    [TestCase(3, 2, 1)]
    [TestCase(3, 1, 2)]
    public void WinogradIsOnlyForPlainThreeByThreeKernels(int kernel, int stride, int dilation) => Assert.That(
        ConvSelector.Choose(new ConvGeometry(1, 64, 28, 64, kernel, stride, 1, dilation, 1), new ExecutionOptions(), readsInput: false).Algorithm,
        Is.EqualTo(ConvolutionAlgorithm.Direct));

    [Test]
    public void WinogradNeedsEqualPaddingOnAllSides([Values] ConvolutionAlgorithm algorithm)
    {
        foreach (Padding2D padding in (Padding2D[])[new(0, 1, 1, 1), new(1, 0, 1, 1), new(1, 1, 0, 1), new(1, 1, 1, 0), (0, 1)])
        {
            ConvGeometry geometry = new(1, 64, 28, 64, 3, 1, padding, 1, 1);
            Assert.That(ConvSelector.Choose(geometry, new ExecutionOptions { Convolution = algorithm }, readsInput: false).Algorithm,
                Is.EqualTo(ConvolutionAlgorithm.Direct), $"{padding}");
        }
    }

    [TestCase(8, 28, ConvolutionAlgorithm.WinogradF4)]
    [TestCase(32, 28, ConvolutionAlgorithm.WinogradF4)] // pairs
    [TestCase(64, 28, ConvolutionAlgorithm.Direct)] // depthwise
    [TestCase(4, 28, ConvolutionAlgorithm.Direct)] // groups of 16
    [TestCase(8, 14, ConvolutionAlgorithm.Direct)]
    public void WinogradIsUsedForNarrowGroupsOfLargePlanes(int groups, int side, ConvolutionAlgorithm expected) => Assert.That(
        ConvSelector.Choose(new ConvGeometry(1, 64, side, 64, 3, 1, 1, 1, groups), new ExecutionOptions(), readsInput: false).Algorithm,
        Is.EqualTo(expected));

    /// <summary>The convolutions larger than 1 x 1 in the network's order: count, channels, plane, kernel, stride and algorithm.</summary>
    private static string Algorithms(string name, Precision precision)
    {
        ResNet network = ResNet.Create(name);
        network.Eval();
        int side = network.Config.InputSize;
        PlanPipeline plan = new(network.Trace([1, 3, side, side]), precision);
        return string.Join('\n', plan.Plan.Nodes.Where(node => node.Choice is not null && Geometry(node).Kernel != 1).GroupBy(node =>
        {
            ConvGeometry g = Geometry(node);
            return $"{g.InChannels}-{g.OutChannels} {g.Output.Height} k{g.Kernel.Height} s{g.Stride.Height}: {node.Choice!.Algorithm}";
        }).Select(group => $"{group.Count()}x {group.Key}"));
    }

    private static ConvGeometry Geometry(PlanNode node) => ((Conv2dOperation)node.Operation!).Geometry(node.Inputs[0].Shape);

    [Test]
    public void AnAlgorithmCanBeRequested([Values] ConvolutionAlgorithm algorithm)
    {
        ExecutionOptions options = new() { Convolution = algorithm };
        ConvGeometry plain = new(1, 64, 56, 64, 3, 1, 1, 1, 1), strided = new(1, 64, 56, 64, 3, 2, 1, 1, 1);
        ConvolutionAlgorithm expected = algorithm switch
        {
            ConvolutionAlgorithm.Auto => ConvolutionAlgorithm.WinogradF4,
            ConvolutionAlgorithm.WinogradRows => ConvolutionAlgorithm.Direct, // not a stem
            _ => algorithm,
        };
        Assert.That(ConvSelector.Choose(plain, options, readsInput: false).Algorithm, Is.EqualTo(expected));
        Assert.That(ConvSelector.Choose(strided, options, readsInput: false).Algorithm, Is.EqualTo(ConvolutionAlgorithm.Direct));
    }
}
