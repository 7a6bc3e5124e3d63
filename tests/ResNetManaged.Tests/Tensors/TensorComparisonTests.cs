using NUnit.Framework;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Tensors;

public sealed class TensorComparisonTests
{
    private const float Inf = float.PositiveInfinity;

    [TestCase(1f, 1f, 0, 0, true)]
    [TestCase(1f, 1.25f, 0, 0.25, true)]
    [TestCase(1f, 1.25f, 0, 0.24, false)]
    [TestCase(2f, 4f, 0.5, 0, true)] // relative to the second: 2 <= 0.5 * 4
    [TestCase(4f, 2f, 0.5, 0, false)]
    [TestCase(0f, -0f, 0, 0, true)]
    [TestCase(Inf, Inf, 0, 0, true)]
    [TestCase(Inf, -Inf, 1, 1, false)]
    [TestCase(1f, Inf, 1, 1, false)]
    [TestCase(float.NaN, float.NaN, 1, 1, false)]
    [TestCase(1f, float.NaN, 1, 1, false)]
    [TestCase(float.MaxValue, -float.MaxValue, 0, 1, false)]
    public void AllCloseMatchesTorchAllclose(float a, float b, double relative, double absolute, bool close) =>
        Assert.That(Tensor.FromArray([0, a], [2]).AllClose(Tensor.FromArray([0, b], [2]), relative, absolute), Is.EqualTo(close));

    [Test]
    public void TensorsOfDifferentShapesAreNotClose() => Assert.That(Tensor.Ones([2, 3]).AllClose(Tensor.Ones([3, 2])), Is.False);

    [Test]
    public void EmptyTensorsAreClose() => Assert.That(Tensor.Ones([0]).AllClose(Tensor.Ones([0])));

    [Test]
    public void MaxAbsoluteDifferenceFindsTheLargest()
    {
        Tensor a = Tensor.FromArray([1, -2, Inf], [3]), b = Tensor.FromArray([1.5f, 2, Inf], [3]);
        Assert.That(a.MaxAbsoluteDifference(b), Is.EqualTo(4));
        Assert.That(Tensor.Zeros([0]).MaxAbsoluteDifference(Tensor.Zeros([0])), Is.Zero);
    }

    [Test]
    public void NaNAnywhereMakesTheDifferenceNaN()
    {
        Tensor a = Tensor.FromArray([float.NaN, 0, 0], [3]), b = Tensor.FromArray([0, 5, 0], [3]);
        Assert.That(a.MaxAbsoluteDifference(b), Is.NaN);
        Assert.That(b.MaxAbsoluteDifference(a), Is.NaN);
        Assert.That(a.MaxAbsoluteDifference(a), Is.NaN);
    }

    [Test]
    public void DifferencesRequireEqualShapes() =>
        Assert.That(() => Tensor.Ones([2, 3]).MaxAbsoluteDifference(Tensor.Ones([6])),
            Throws.TypeOf<ShapeMismatchException>().With.Message.Contains("[2, 3] and [6]"));
}
