using NUnit.Framework;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Reference.Pooling;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Pooling;

public sealed class PoolingTests
{
    private const int Seed = 77;

    private static IEnumerable<PoolGeometry> RandomGeometries(bool dilated)
    {
        Random random = new(Seed);
        for (int i = 0; i < 150; i++)
        {
            Size2D kernel = (random.Next(1, 6), random.Next(1, 6)), dilation = dilated ? (random.Next(1, 3), random.Next(1, 3)) : 1;
            Size2D span = ((kernel.Height - 1) * dilation.Height + 1, (kernel.Width - 1) * dilation.Width + 1);
            yield return new PoolGeometry(random.Next(0, 3), random.Next(1, 4),
                (span.Height + random.Next(0, 20), span.Width + random.Next(0, 40)), kernel,
                (random.Next(1, 5), random.Next(1, 5)), RandomPadding.Next(random, span.Height / 2, span.Width / 2),
                dilation, random.Next(2) == 1);
        }
    }

    [Test]
    public void MaximumEqualsTheDefinition()
    {
        foreach (PoolGeometry g in RandomGeometries(dilated: true))
        {
            float[] x = Numbers.Random(g.InputLength, 1);
            if (x.Length > 0) x[x.Length / 2] = float.NaN;
            Guarded y = new(g.OutputLength);
            MaxPool.Forward(g, new Guarded(x).Span, y.Span, new ExecutionOptions { Threads = 3 });
            y.AssertIntact();
            double[] expected = ReferencePool.Max(g, x);
            Close.AssertWithin(y.Span, expected, new double[expected.Length], 0, $"seed {Seed}, {g}"); // a maximum is exact
        }
    }

    [Test]
    public void AverageEqualsTheDefinition([Values] bool countIncludePad)
    {
        foreach (PoolGeometry g in RandomGeometries(dilated: false))
        {
            float[] x = Numbers.Random(g.InputLength, 1);
            Guarded y = new(g.OutputLength);
            AveragePool.Forward(g, countIncludePad, new Guarded(x).Span, y.Span, new ExecutionOptions { Threads = 3 });
            y.AssertIntact();
            ReferenceSum expected = ReferencePool.Average(g, countIncludePad, x);
            Close.AssertWithin(y.Span, expected.Value, expected.Magnitude, Close.SumTolerance(0), $"seed {Seed}, {g}"); // sums are double
        }
    }

    [Test]
    public void AdaptiveAverageEqualsTheDefinition([Values(1, 2, 3, 7, 10)] int height, [Values(1, 3, 7, 11)] int width)
    {
        Size2D input = (7, 10), output = (height, width);
        float[] x = Numbers.Random(3 * input.Area, 1);
        ReferenceSum expected = new(3 * output.Area);
        for (int index = 0; index < expected.Value.Length; index++)
        {
            int plane = index / output.Area, oh = index % output.Area / width, ow = index % width;
            int top = (int)Math.Floor(oh * 7.0 / height), bottom = (int)Math.Ceiling((oh + 1) * 7.0 / height);
            int left = (int)Math.Floor(ow * 10.0 / width), right = (int)Math.Ceiling((ow + 1) * 10.0 / width);
            for (int h = top; h < bottom; h++)
                for (int w = left; w < right; w++) expected.Add(index, x[(plane * 7 + h) * 10 + w] / (double)((bottom - top) * (right - left)));
        }
        Guarded y = new(expected.Value.Length);
        AdaptiveAveragePool.Forward(3, input, output, x, y.Span, ExecutionOptions.Default);
        y.AssertIntact();
        Close.AssertWithin(y.Span, expected.Value, expected.Magnitude, Close.SumTolerance(0), "adaptive");
    }

    [Test]
    public void AMaximumIgnoresPadding()
    {
        float[] x = [-5, -6, -7, -8], y = new float[4];
        MaxPool.Forward(new PoolGeometry(1, 1, 2, 3, 1, 1, 1, false), x, y, ExecutionOptions.Default);
        Assert.That(y, Is.All.EqualTo(-5f));
    }

    [Test]
    public void InfiniteMaximaStayInfinite()
    {
        float[] x = [float.NegativeInfinity, float.NegativeInfinity, 1, float.PositiveInfinity], y = new float[2];
        MaxPool.Forward(new PoolGeometry(1, 1, 2, (1, 2), 1, 0, 1, false), x, y, ExecutionOptions.Default);
        Assert.That(y, Is.EqualTo(new[] { float.NegativeInfinity, float.PositiveInfinity }));
    }

    [Test]
    public void RejectsWrongLengths()
    {
        PoolGeometry g = new(1, 2, 4, 2, 2, 0, 1, false);
        Assert.That(() => MaxPool.Forward(g, new float[31], new float[8], ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("MaxPool: input has 31 elements; expected 32."));
        Assert.That(() => AveragePool.Forward(g, true, new float[32], new float[9], ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("AveragePool: output has 9 elements; expected 8."));
        Assert.That(() => AdaptiveAveragePool.Forward(2, 0, 1, [], new float[2], ExecutionOptions.Default),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("input height is 0"));
    }
}
