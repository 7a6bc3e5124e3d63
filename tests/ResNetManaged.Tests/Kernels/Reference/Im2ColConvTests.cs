using NUnit.Framework;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Reference;

public sealed class Im2ColConvTests
{
    private static readonly ConvGeometry[] Geometries =
    [
        new(1, 3, 23, 16, 7, 2, 3, 1, 1), // the stem
        new(2, 16, 14, 8, 3, 1, 1, 1, 1),
        new(1, 48, 7, 24, 3, 1, 1, 1, 1), // deeper than one block
        new(3, 8, 9, 12, 3, 2, 1, 1, 1),
        new(2, 10, 8, 6, 1, 1, 0, 1, 1), // pointwise: no patches
        new(2, 10, 9, 6, 1, 2, 0, 1, 1),
        new(2, 5, 6, 7, 1, 1, 1, 1, 1), // pointwise with padding
        new(1, 16, 10, 16, 3, 1, 1, 1, 4), // groups of four, as in ResNeXt
        new(2, 12, 8, 12, 3, 1, 1, 1, 12), // depthwise
        new(1, 4, 8, 8, 3, 2, 1, 1, 4), // depthwise with a multiplier
        new(1, 6, 17, 5, 3, 1, 2, 2, 1), // dilated
        new(1, 6, 12, 4, 3, 3, 4, 3, 2),
        new(1, 3, (5, 31), 4, (1, 5), (1, 2), (0, 2), 1, 1),
        new(1, 3, (31, 5), 4, (5, 1), (2, 1), (2, 0), 1, 1),
        new(1, 5, (6, 131), 9, 3, 1, 1, 1, 1), // image rows longer than a panel
        new(1, 2, 1, 3, 3, 1, 1, 1, 1), // one pixel, mostly padding
        new(1, 2, (1, 60), 3, (1, 60), 1, 0, 1, 1), // one output
        new(2, 5, 9, 7, 3, 2, new Padding2D(0, 0, 1, 1), 1, 1), // TensorFlow's SAME
        new(1, 4, (7, 6), 6, (2, 3), 1, new Padding2D(0, 2, 1, 0), 1, 2), // an even kernel
        new(1, 1, 4, 1, 2, 1, 5, 1, 1), // windows entirely in the padding
        new(1, 1, 4, 1, 7, int.MaxValue, 3, 1, 1), // a stride so large that sums would overflow
        new(0, 3, 8, 4, 3, 1, 1, 1, 1), // no images
    ];

    [Test]
    public void EqualsTheDefinition([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path,
        [ValueSource(nameof(Geometries))] object geometry) =>
        Compare(path, (ConvGeometry)geometry, withBias: true, threads: 2);

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void EqualsTheDefinitionForRandomGeometries(SimdPath path)
    {
        const int Seed = 1512;
        Random random = new(Seed);
        for (int i = 0; i < 60; i++)
        {
            int groups = random.Next(1, 4);
            Size2D kernel = (random.Next(1, 6), random.Next(1, 6)), dilation = (random.Next(1, 4), random.Next(1, 4));
            Size2D input = ((kernel.Height - 1) * dilation.Height + random.Next(1, 20), (kernel.Width - 1) * dilation.Width + random.Next(1, 80));
            ConvGeometry geometry = new(random.Next(1, 3), groups * random.Next(1, 9), input, groups * random.Next(1, 12), kernel,
                (random.Next(1, 4), random.Next(1, 4)), RandomPadding.Next(random, 3, 3), dilation, groups);
            Compare(path, geometry, random.Next(2) == 0, threads: random.Next(1, 4));
        }
    }

    [Test]
    public void DoesNotDependOnTheNumberOfThreadsOrTheBatch()
    {
        ConvGeometry two = new(2, 64, 14, 72, 3, 1, 1, 1, 1), one = new(1, 64, 14, 72, 3, 1, 1, 1, 1);
        float[] x = Numbers.Random(two.InputLength, 1), weight = Numbers.Random(two.WeightLength, 2), expected = new float[two.OutputLength];
        Im2ColConv.Forward(two, x, weight, [], expected, new ExecutionOptions { Threads = 1 });
        foreach (int threads in new[] { 2, 3, 16 })
        {
            float[] y = new float[two.OutputLength];
            Im2ColConv.Forward(two, x, weight, [], y, new ExecutionOptions { Threads = threads });
            Close.AssertSameBits(y, expected, $"{threads} threads");
        }
        float[] second = new float[one.OutputLength];
        Im2ColConv.Forward(one, x.AsSpan(one.InputLength), weight, [], second, ExecutionOptions.Default);
        Close.AssertSameBits(second, expected.AsSpan(one.OutputLength), "second image alone");
    }

    [Test]
    public void PaddingIsZeroEvenNextToNaN()
    {
        ConvGeometry geometry = new(1, 1, 4, 1, 3, 1, 1, 1, 1);
        float[] x = new float[16], weight = new float[9], y = new float[16];
        x[0] = float.NaN;
        weight[4] = 1; // the identity, but 0 * NaN is NaN wherever the window covers it
        Im2ColConv.Forward(geometry, x, weight, [], y, ExecutionOptions.Default);
        int[] touched = [0, 1, 4, 5];
        for (int i = 0; i < 16; i++) Assert.That(float.IsNaN(y[i]), Is.EqualTo(touched.Contains(i)), $"pixel {i}");
    }

    [Test]
    public void RejectsWrongLengths()
    {
        ConvGeometry geometry = new(1, 2, 4, 3, 3, 1, 1, 1, 1);
        float[] y = new float[48];
        Assert.That(() => Im2ColConv.Forward(geometry, new float[31], new float[54], [], y, ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Convolution: input has 31 elements; expected 32."));
        Assert.That(() => Im2ColConv.Forward(geometry, new float[32], new float[53], [], y, ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Convolution: weight has 53 elements; expected 54."));
        Assert.That(() => Im2ColConv.Forward(geometry, new float[32], new float[54], new float[2], y, ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Convolution: bias has 2 elements; expected 3."));
        Assert.That(() => Im2ColConv.Forward(geometry, new float[32], new float[54], [], y.AsSpan(1), ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Convolution: output has 47 elements; expected 48."));
    }

    private static void Compare(SimdPath path, in ConvGeometry g, bool withBias, int threads)
    {
        float[] x = Numbers.Random(g.InputLength, 1), weight = Numbers.Random(g.WeightLength, 2);
        float[] bias = withBias ? Numbers.Random(g.OutChannels, 3) : [];
        ReferenceSum expected = ReferenceConv.Forward(g, x, weight, bias);
        Guarded input = new(x), y = new(g.OutputLength);
        Im2ColConv.Forward(g, input.Span, weight, bias, y.Span, path, threads);
        y.AssertIntact();
        Close.AssertWithin(y.Span, expected.Value, expected.Magnitude, Close.SumTolerance(g.Depth + 1), $"{path} {g}");
    }
}
