using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Layers;

public sealed class GroupNormTests
{
    [Test]
    public void HasPyTorchsParametersAndInitialValues()
    {
        GroupNorm layer = new(3, 6);
        Assert.That(layer.StateDict().Select(entry => entry.Key), Is.EqualTo(new[] { "weight", "bias" }));
        Assert.That(layer.Weight!.Value.ReadOnlySpan.ToArray(), Is.All.EqualTo(1f));
        Assert.That(layer.Bias!.Value.ReadOnlySpan.ToArray(), Is.All.EqualTo(0f));
        Assert.That(new GroupNorm(3, 6, affine: false).Parameters(), Is.Empty);
    }

    [Test]
    public void TrainingAndEvaluationGiveEqualResults()
    {
        Tensor input = Tensor.Uniform([2, 6, 3, 4], new(1), -1, 1);
        GroupNorm layer = new(2, 6);
        Assert.That(layer.Train().ForwardReference(input).ReadOnlySpan.ToArray(),
            Is.EqualTo(layer.Eval().ForwardReference(input).ReadOnlySpan.ToArray()));
    }

    [Test]
    public void RejectsInvalidArguments()
    {
        Assert.That(() => new GroupNorm(4, 6), Throws.TypeOf<ArgumentException>()
            .With.Message.StartsWith("GroupNorm: 6 channels cannot be split into 4 groups."));
        Assert.That(() => new GroupNorm(0, 6), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new GroupNorm(1, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new GroupNorm(1, 6, eps: -1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void RejectsAnInputOfTheWrongShape()
    {
        Assert.That(() => new GroupNorm(2, 6).Trace([1, 4, 3, 3]), Throws.TypeOf<ShapeMismatchException>()
            .With.Message.EqualTo("GroupNorm: input [1, 4, 3, 3] has 4 channels; expected 6."));
        Assert.That(() => new GroupNorm(2, 6).Trace([1, 6, 3]), Throws.TypeOf<ShapeMismatchException>());
    }
}
