using System.Numerics.Tensors;
using NUnit.Framework;
using NumericsTensor = System.Numerics.Tensors.Tensor;
using Tensor = ResNetManaged.Tensors.Tensor;

namespace ResNetManaged.Tests.Tensors;

/// <summary>System.Numerics.Tensors operates on the tensor's memory without a copy.</summary>
public sealed class TensorSpanTests
{
    [Test]
    public void TensorSpanWritesThroughToTheTensor()
    {
        Tensor tensor = Tensor.Zeros([2, 3]);
        TensorSpan<float> span = tensor.AsTensorSpan();
        span[1, 2] = 6;
        Assert.That(tensor[1, 2], Is.EqualTo(6));
        tensor[0, 1] = 2;
        Assert.That(span[0, 1], Is.EqualTo(2));
    }

    [Test]
    public void TensorSpanHasTheTensorsShape()
    {
        Tensor tensor = Tensor.Zeros([2, 3, 4]);
        Assert.That(tensor.AsTensorSpan().Lengths.ToArray(), Is.EqualTo(new nint[] { 2, 3, 4 }));
        Assert.That(tensor.AsReadOnlyTensorSpan().Lengths.ToArray(), Is.EqualTo(new nint[] { 2, 3, 4 }));
    }

    [Test]
    public void ReadOnlyTensorSpanSeesLaterWrites()
    {
        Tensor tensor = Tensor.Zeros([2, 2]);
        ReadOnlyTensorSpan<float> span = tensor.AsReadOnlyTensorSpan();
        tensor[1, 0] = 5;
        Assert.That(span[1, 0], Is.EqualTo(5));
    }

    [Test]
    public void TensorOperationsApplyToTheSpan()
    {
        Tensor a = Tensor.Full([2, 2], 1.5f), b = Tensor.Full([2, 2], 2f);
        NumericsTensor.Multiply(a.AsReadOnlyTensorSpan(), b.AsReadOnlyTensorSpan(), a.AsTensorSpan());
        Assert.That(a.ReadOnlySpan.ToArray(), Is.All.EqualTo(3f));
    }

    [Test]
    public void AnEmptyTensorGivesAnEmptySpan() => Assert.That(Tensor.Zeros([0, 3]).AsTensorSpan().IsEmpty);

    [Test]
    public void AScalarGivesASpanOfOneElement()
    {
        Tensor scalar = Tensor.Ones([]);
        scalar.AsTensorSpan()[0] = 4;
        Assert.That(scalar.ToScalar(), Is.EqualTo(4));
        Assert.That(scalar.AsReadOnlyTensorSpan()[0], Is.EqualTo(4));
    }
}
