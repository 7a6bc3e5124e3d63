using NUnit.Framework;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Tensors;

public sealed class TensorTests
{
    private static Tensor Counting(Shape shape)
    {
        Tensor tensor = Tensor.Zeros(shape);
        for (int i = 0; i < tensor.ElementCount; i++) tensor.Span[i] = i;
        return tensor;
    }

    [Test]
    public void ElementsAreRowMajor()
    {
        Tensor tensor = Counting([2, 3, 4, 5]);
        Assert.That(tensor[1, 2, 3, 4], Is.EqualTo(((1 * 3 + 2) * 4 + 3) * 5 + 4));
        Assert.That(tensor[0, 1, 0, 2], Is.EqualTo(22));
        tensor[1, 0, 2, 0] = -1;
        Assert.That(tensor.Span[(1 * 3 * 4 + 2) * 5], Is.EqualTo(-1));
    }

    [Test]
    public void AScalarTakesNoIndices()
    {
        Tensor scalar = Tensor.Full([], 2.5f);
        Assert.That(scalar[[]], Is.EqualTo(2.5f));
        Assert.That(scalar.ToScalar(), Is.EqualTo(2.5f));
        Assert.That(scalar.Rank, Is.Zero);
    }

    [Test]
    public void TooFewIndicesAreRejected() =>
        Assert.That(() => Counting([2, 3])[1], Throws.ArgumentException.With.Message.Contains("got 1 indices for shape [2, 3]; expected 2"));

    [TestCase(0, 3)]
    [TestCase(2, 0)]
    [TestCase(-1, 0)]
    [TestCase(0, int.MinValue)]
    public void AnIndexOutsideItsDimensionIsRejectedEvenIfTheOffsetIsValid(int row, int column) =>
        Assert.That(() => Counting([2, 3])[row, column], Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("of shape [2, 3]"));

    [Test]
    public void ToScalarRequiresOneElement()
    {
        Assert.That(Tensor.Full([1, 1, 1], 3f).ToScalar(), Is.EqualTo(3f));
        Assert.That(() => Tensor.Zeros([2]).ToScalar(), Throws.InvalidOperationException.With.Message.Contains("[2]"));
    }

    [Test]
    public void ReshapeSharesMemory()
    {
        Tensor matrix = Counting([2, 6]);
        Tensor images = matrix.Reshape([1, 3, 2, 2]);
        images[0, 2, 1, 1] = 99;
        Assert.That(matrix[1, 5], Is.EqualTo(99));
        Assert.That(matrix.Shape, Is.EqualTo(Shape.Create(2, 6)));
    }

    [Test]
    public void ReshapeRequiresTheSameNumberOfElements() =>
        Assert.That(() => Tensor.Zeros([2, 6]).Reshape([5]),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Reshape: [2, 6] has 12 elements; [5] needs 5."));

    [Test]
    public void CloneHasItsOwnMemory()
    {
        Tensor original = Counting([3]);
        Tensor clone = original.Clone();
        clone[0] = 7;
        Assert.That(original[0], Is.Zero);
        Assert.That(clone.Shape, Is.EqualTo(original.Shape));
    }

    [Test]
    public void SliceCopiesOneItem()
    {
        Tensor batch = Counting([3, 2, 2]);
        Tensor item = batch.Slice(1);
        Assert.That(item.Shape, Is.EqualTo(Shape.Create(2, 2)));
        Assert.That(item.ReadOnlySpan.ToArray(), Is.EqualTo(new float[] { 4, 5, 6, 7 }));
        item[0, 0] = -1;
        Assert.That(batch[1, 0, 0], Is.EqualTo(4));
    }

    [Test]
    public void SliceOfAVectorIsAScalar() => Assert.That(Counting([4]).Slice(3).ToScalar(), Is.EqualTo(3));

    [TestCase(-1)]
    [TestCase(3)]
    public void SliceRejectsAnIndexOutsideTheBatch(int index) =>
        Assert.That(() => Counting([3, 2]).Slice(index), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void AScalarCannotBeSliced() => Assert.That(() => Tensor.Ones([]).Slice(0), Throws.InvalidOperationException);

    [Test]
    public void ABufferMayBeLongerThanTheTensor()
    {
        Tensor tensor = Tensor.OverBuffer([1, 2, 3, 4, 5], [2, 2]);
        Assert.That(tensor.ReadOnlySpan.ToArray(), Is.EqualTo(new float[] { 1, 2, 3, 4 }));
        Assert.That(tensor.Clone().Buffer, Has.Length.EqualTo(4));
    }
}
