using NUnit.Framework;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Reference;

public sealed class ElementwiseTests
{
    private static IEnumerable<int> Lengths => [.. Enumerable.Range(0, 258), 32767, 32768, 100_000];

    [Test]
    public void ReluEqualsTheDefinitionAtEveryLength()
    {
        foreach (int length in Lengths)
        {
            float[] x = Numbers.Random(length, length);
            float[] expected = [.. x.Select(v => v > 0 ? v : 0)];
            Guarded y = new(length);
            ElementwiseKernel.Relu(x, y.Span, new ExecutionOptions { Threads = 3 });
            y.AssertIntact();
            Close.AssertSameBits(y.Span, expected, $"length {length}");
            ElementwiseKernel.Relu(x, x, ExecutionOptions.Default);
            Close.AssertSameBits(x, expected, $"length {length} in place");
        }
    }

    [Test]
    public void AddEqualsTheDefinitionAtEveryLength()
    {
        foreach (int length in Lengths)
        {
            float[] x = Numbers.Random(length, length), z = Numbers.Random(length, length + 1);
            float[] expected = [.. x.Zip(z, (a, b) => a + b)];
            Guarded y = new(length);
            ElementwiseKernel.Add(x, z, y.Span, new ExecutionOptions { Threads = 3 });
            y.AssertIntact();
            Close.AssertSameBits(y.Span, expected, $"length {length}");
            ElementwiseKernel.Add(x, z, z, ExecutionOptions.Default);
            Close.AssertSameBits(z, expected, $"length {length} in place");
        }
    }

    [Test]
    public void ReluKeepsNaNAndInfinity()
    {
        float[] x = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -float.Epsilon, 0f], y = new float[6];
        ElementwiseKernel.Relu(x, y, ExecutionOptions.Default);
        Assert.That(y, Is.EqualTo(new[] { float.NaN, float.PositiveInfinity, 0f, float.Epsilon, 0f, 0f }));
    }

    [Test]
    public void RejectsAShiftedOverlapAndWrongLengths()
    {
        float[] memory = new float[10];
        Assert.That(() => ElementwiseKernel.Relu(memory.AsSpan(0, 9), memory.AsSpan(1, 9), ExecutionOptions.Default),
            Throws.ArgumentException.With.Message.Contains("Relu: the destination overlaps source, shifted by 1 elements"));
        Assert.That(() => ElementwiseKernel.Add(memory, new float[9], memory, ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Add: right has 9 elements; expected 10."));
    }
}
