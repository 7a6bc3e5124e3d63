using NUnit.Framework;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Tensors;

public sealed class TensorConcatenateTests
{
    [Test]
    public void JoinsAlongTheOutermostDimension()
    {
        Tensor joined = Tensor.Concatenate(Tensor.FromArray([1, 2], [1, 2]), Tensor.FromArray([3, 4, 5, 6], [2, 2]));
        Assert.That(joined.Shape, Is.EqualTo(Shape.Create(3, 2)));
        Assert.That(joined.Span.ToArray(), Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6 }));
    }

    [Test]
    public void RejectsShapesThatDifferInAnInnerDimension()
    {
        Assert.That(() => Tensor.Concatenate(Tensor.Zeros([1, 2]), Tensor.Zeros([1, 3])), Throws.TypeOf<ShapeMismatchException>());
        Assert.That(() => Tensor.Concatenate(Tensor.Zeros([])), Throws.TypeOf<ShapeMismatchException>());
        Assert.That(() => Tensor.Concatenate([]), Throws.ArgumentException);
    }
}
