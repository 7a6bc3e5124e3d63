using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Models.Inferring;
using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Models;

public sealed class ArchitectureInferenceTests
{
    [Test]
    public void EveryVariantIsInferredFromItsNamesAndShapes([ValueSource(typeof(ResNetVariants), nameof(ResNetVariants.Names))] string name)
    {
        ResNet model = ResNet.Create(name, numClasses: 7, inChannels: 4);
        Assert.That(ArchitectureInference.Infer(StateOf(model)), Is.EqualTo(model.Config with { AntiAliasing = AntiAliasing.None }), "as far as weights show it");
    }

    [TestCase("linear.weight", new[] { 0, 64 })]
    [TestCase("conv1.weight", new[] { 16, 0, 3, 3 })]
    [TestCase("layer1.0.conv2.weight", new[] { 16, 0, 3, 3 })]
    public void NoNetworkIsInferredFromAnEmptyTensor(string emptied, int[] shape)
    {
        StateDict state = StateOf(ResNet.Create("cifar_resnet20"), emptied, Shape.Create(shape));
        Assert.That(ArchitectureInference.Infer(state), Is.Null);
    }

    [Test]
    public void NoNetworkIsInferredFromChannelsThatNoGroupCountExplains()
    {
        StateDict state = StateOf(ResNet.Create("resnet50"), "layer1.0.conv2.weight", [64, 65, 3, 3]);
        Assert.That(ArchitectureInference.Infer(state), Is.Null);
    }

    [Test]
    public void NoNetworkIsInferredFromTheArticlesNamesInThreeStages()
    {
        ResNet three = new(ResNetConfig.Textbook(BlockKind.ResidualUnit, 1, 1, 1) with { Widths = [64, 128, 256] });
        Assert.That(ArchitectureInference.Infer(StateOf(three)), Is.Null);
    }

    /// <summary>The names and shapes of a network; all tensors share one array to save memory.</summary>
    private static StateDict StateOf(Module module, string? replaced = null, Shape replacement = default)
    {
        List<(string Path, Shape Shape)> entries =
            [.. module.NamedState().Select(entry => (entry.Path, entry.Path == replaced ? replacement : entry.Tensor.Shape))];
        float[] shared = new float[entries.Max(entry => entry.Shape.ElementCount)];
        StateDict state = new();
        foreach ((string path, Shape shape) in entries) state.Add(path, Tensor.OverBuffer(shared, shape));
        return state;
    }
}
