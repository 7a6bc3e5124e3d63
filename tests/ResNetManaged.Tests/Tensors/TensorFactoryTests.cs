using NUnit.Framework;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Tensors;

public sealed class TensorFactoryTests
{
    [Test]
    public void ZerosOnesAndFullFillEveryElement()
    {
        Assert.That(Tensor.Zeros([2, 2]).ReadOnlySpan.ToArray(), Is.EqualTo(new float[] { 0, 0, 0, 0 }));
        Assert.That(Tensor.Ones([3]).ReadOnlySpan.ToArray(), Is.EqualTo(new float[] { 1, 1, 1 }));
        Assert.That(Tensor.Full([1, 2, 1], -2.5f).ReadOnlySpan.ToArray(), Is.EqualTo(new float[] { -2.5f, -2.5f }));
    }

    [Test]
    public void FromArraySharesTheArray()
    {
        float[] data = [1, 2, 3, 4];
        Tensor tensor = Tensor.FromArray(data, [2, 2]);
        data[3] = 9;
        Assert.That(tensor[1, 1], Is.EqualTo(9));
    }

    [Test]
    public void FromSpanCopies()
    {
        float[] data = [1, 2, 3, 4];
        Tensor tensor = Tensor.FromSpan(data, [2, 2]);
        data[3] = 9;
        Assert.That(tensor[1, 1], Is.EqualTo(4));
    }

    [TestCase(5)]
    [TestCase(7)]
    public void TheDataLengthMustMatchTheShape(int length)
    {
        float[] data = new float[length];
        Assert.That(() => Tensor.FromArray(data, [2, 3]),
            Throws.TypeOf<ShapeMismatchException>().With.Message.Contains($"got {length} elements; shape [2, 3] needs 6"));
        Assert.That(() => Tensor.FromSpan(data, [2, 3]),
            Throws.TypeOf<ShapeMismatchException>().With.Message.Contains($"got {length} elements; shape [2, 3] needs 6"));
    }

    [Test]
    public void EmptyTensorsHaveNoElements() => Assert.That(Tensor.Zeros([2, 0, 3]).ReadOnlySpan.Length, Is.Zero);

    [Test]
    public void RandomTensorsContinueOneSequence()
    {
        Tensor whole = Tensor.Uniform([2, 3], new TorchGenerator(1));
        TorchGenerator generator = new(1);
        Tensor first = Tensor.Uniform([3], generator), second = Tensor.Uniform([3], generator);
        Assert.That(first.AllClose(whole.Slice(0), 0, 0));
        Assert.That(second.AllClose(whole.Slice(1), 0, 0));
    }

    [Test]
    public void UniformStaysWithinItsBounds()
    {
        float[] drawn = Tensor.Uniform([10_000], new TorchGenerator(2), from: -2, to: 3).ReadOnlySpan.ToArray();
        Assert.That(drawn, Is.All.InRange(-2f, 3f));
        Assert.That(drawn.Min(), Is.LessThan(-1.9f));
        Assert.That(drawn.Max(), Is.GreaterThan(2.9f));
    }

    [Test]
    public void NormalHasTheRequestedMeanAndDeviation()
    {
        const int Count = 40_000;
        float[] drawn = Tensor.Normal([Count], new TorchGenerator(3), mean: 5, standardDeviation: 2).ReadOnlySpan.ToArray();
        double mean = drawn.Average(value => (double)value);
        double deviation = Math.Sqrt(drawn.Average(value => (value - mean) * (value - mean)));
        const double StandardError = 2.0 / 200; // deviation / sqrt(Count)
        Assert.That(mean, Is.EqualTo(5).Within(4 * StandardError));
        Assert.That(deviation, Is.EqualTo(2).Within(4 * StandardError));
    }
}
