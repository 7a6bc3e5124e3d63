using NUnit.Framework;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Reference;

public sealed class SoftmaxTests
{
    // x - max is rounded once and shifts the exponential by its absolute error, |x - max| <= 20 here; exp itself is accurate to 2 units.
    private const double ExponentialTolerance = (20 + 4) * Close.UnitRoundoff;

    [Test]
    public void EqualsTheDefinition([Values(0, 1, 3)] int outer, [Values(1, 2, 10, 257)] int axis, [Values(1, 2, 5)] int inner)
    {
        float[] x = [.. Numbers.Random(outer * axis * inner, 1).Select(v => 10 * v)];
        double[] softmax = new double[x.Length], logarithm = new double[x.Length], magnitude = new double[x.Length];
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < inner; i++)
            {
                int[] line = [.. Enumerable.Range(0, axis).Select(a => (o * axis + a) * inner + i)];
                double sum = line.Sum(index => Math.Exp(x[index])), maximum = line.Max(index => x[index]);
                foreach (int index in line)
                {
                    softmax[index] = Math.Exp(x[index]) / sum;
                    logarithm[index] = x[index] - Math.Log(sum);
                    magnitude[index] = Math.Abs(x[index] - maximum) + 1 + Math.Log(axis);
                }
            }
        }
        double tolerance = ExponentialTolerance + Close.SumTolerance(axis);
        Guarded y = new(x.Length);
        SoftmaxKernel.Forward(outer, axis, inner, x, y.Span, new ExecutionOptions { Threads = 2 });
        y.AssertIntact();
        Close.AssertWithin(y.Span, softmax, softmax, 2 * tolerance, "softmax"); // numerator and denominator
        SoftmaxKernel.ForwardLog(outer, axis, inner, x, x, ExecutionOptions.Default);
        Close.AssertWithin(x, logarithm, magnitude, tolerance, "log-softmax in place");
    }

    [Test]
    public void LargeInputsDoNotOverflow()
    {
        float[] x = [3e38f, 3e38f, -3e38f], y = new float[3];
        SoftmaxKernel.Forward(1, 3, 1, x, y, ExecutionOptions.Default);
        Assert.That(y, Is.EqualTo(new[] { 0.5f, 0.5f, 0f }));
        SoftmaxKernel.ForwardLog(1, 2, 1, x.AsSpan(0, 2), y.AsSpan(0, 2), ExecutionOptions.Default);
        Assert.That(y[0], Is.EqualTo(-MathF.Log(2)).Within(1).Ulps);
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void ALineWithoutAMaximumIsNaNAndItsNeighborsAreNot(float special)
    {
        float[] x = [1, special, 2, 3], y = new float[4];
        SoftmaxKernel.Forward(2, 2, 1, x, y, ExecutionOptions.Default);
        Assert.That(float.IsNaN(y[1]), Is.True);
        Assert.That(y[2] + y[3], Is.EqualTo(1f).Within(1).Ulps);
    }

    [Test]
    public void MinusInfinityHasProbabilityZero()
    {
        float[] x = [float.NegativeInfinity, 5], y = new float[2];
        SoftmaxKernel.Forward(1, 2, 1, x, y, ExecutionOptions.Default);
        Assert.That(y, Is.EqualTo(new[] { 0f, 1f }));
    }

    [Test]
    public void RejectsWrongLengths() =>
        Assert.That(() => SoftmaxKernel.Forward(2, 3, 1, new float[6], new float[5], ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Softmax: destination has 5 elements; expected 6."));
}
