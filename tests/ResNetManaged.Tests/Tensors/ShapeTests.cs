using NUnit.Framework;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Tensors;

public sealed class ShapeTests
{
    [Test]
    public void PrintsItsSizesInBrackets() => Assert.That(Shape.Create(10, 3, 224, 224).ToString(), Is.EqualTo("[10, 3, 224, 224]"));

    [Test]
    public void DefaultIsAScalar()
    {
        Assert.That(default(Shape), Is.EqualTo(Shape.Create()));
        Assert.That(default(Shape).ElementCount, Is.EqualTo(1));
    }

    [Test]
    public void ShapesWithEqualSizesAreEqual()
    {
        Shape left = [2, 3], right = [2, 3], other = [3, 2];
        Assert.That(left, Is.EqualTo(right));
        Assert.That(left.GetHashCode(), Is.EqualTo(right.GetHashCode()));
        Assert.That(left, Is.Not.EqualTo(other));
    }

    [Test]
    public void RejectsNegativeSizes() =>
        Assert.That(() => Shape.Create(2, -1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("[2, -1]"));

    [TestCase(int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue)]
    [TestCase(65536, 65536, 65536, 65536)]
    [TestCase(50000, 50000, 1, 1)]
    public void RejectsMoreElementsThanTheLargestArray(int a, int b, int c, int d) =>
        Assert.That(() => Shape.Create(a, b, c, d), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("more elements"));

    [Test]
    public void AZeroSizeMakesAShapeEmptyWhateverTheOtherSizes() =>
        Assert.That(Shape.Create(int.MaxValue, int.MaxValue, 0).ElementCount, Is.Zero);
}
