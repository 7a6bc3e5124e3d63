using NUnit.Framework;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Reference;

public sealed class ConvBackwardTests
{
    private const int Seed = 9;

    private static IEnumerable<ConvGeometry> Geometries()
    {
        Random random = new(Seed);
        for (int i = 0; i < 40; i++)
        {
            int groups = random.Next(1, 4);
            Size2D kernel = (random.Next(1, 5), random.Next(1, 5)), stride = (random.Next(1, 4), random.Next(1, 4));
            Size2D dilation = (random.Next(1, 3), random.Next(1, 3));
            Size2D input = ((kernel.Height - 1) * dilation.Height + random.Next(1, 9), (kernel.Width - 1) * dilation.Width + random.Next(1, 9));
            int inChannels = groups * random.Next(1, 4), outChannels = groups * random.Next(1, 10);
            yield return new ConvGeometry(random.Next(0, 4), inChannels, input, outChannels, kernel, stride, RandomPadding.Next(random, 3, 3), dilation,
                groups);
        }
        yield return new ConvGeometry(2, 48, (9, 8), 33, 3, 1, 1, 1, 1); // more products than one panel of the matrix product
        yield return new ConvGeometry(1, 3, (5, 30), 2, (3, 7), (1, 100), (1, 3), 1, 1); // a stride larger than the image
        yield return new ConvGeometry(2, 2, 1, 2, 3, 1, 5, 1, 2); // outputs that read only padding
    }

    [Test]
    public void AddsTheGradientsOfTheDefinition([ValueSource(typeof(SimdDispatch), nameof(SimdDispatch.Accelerated))] SimdPath simd)
    {
        foreach (ConvGeometry g in Geometries())
        {
            float[] x = Numbers.Random(g.InputLength, 1), w = Numbers.Random(g.WeightLength, 2), dy = Numbers.Random(g.OutputLength, 3);
            Guarded dx = Filled(g.InputLength), dw = Filled(g.WeightLength), db = Filled(g.OutChannels);
            ConvBackward.Run(g, x, w, dy, dx.Span, dw.Span, db.Span, new ExecutionOptions { Simd = simd, Threads = 3 });
            (ReferenceSum expectedX, ReferenceSum expectedW, ReferenceSum expectedB) = ReferenceConv.Backward(g, x, w, dy);
            int terms = Math.Max(g.Batch * g.Output.Area, g.Kernel.Area * g.OutChannels / g.Groups);
            Compare(dx, expectedX, "input");
            Compare(dw, expectedW, "weight");
            Compare(db, expectedB, "bias");

            void Compare(Guarded actual, ReferenceSum expected, string name)
            {
                actual.AssertIntact();
                for (int i = 0; i < actual.Length; i++) expected.Add(i, 1);
                Close.AssertWithin(actual.Span, expected.Value, expected.Magnitude, Close.SumTolerance(terms + 1), $"seed {Seed}, {g}, {name}");
            }
        }

        static Guarded Filled(int length)
        {
            Guarded gradient = new(length);
            gradient.Span.Fill(1f);
            return gradient;
        }
    }

    [Test]
    public void OmittingAGradientDoesNotChangeTheOthers()
    {
        ConvGeometry g = new(2, 4, 6, 6, 3, 1, 1, 1, 2);
        float[] x = Numbers.Random(g.InputLength, 1), w = Numbers.Random(g.WeightLength, 2), dy = Numbers.Random(g.OutputLength, 3);
        float[] dx = new float[x.Length], dw = new float[w.Length], db = new float[6], alone = new float[x.Length];
        ConvBackward.Run(g, x, w, dy, dx, dw, db, ExecutionOptions.Default);
        ConvBackward.Run(g, x, w, dy, alone, [], [], ExecutionOptions.Default);
        Close.AssertSameBits(alone, dx, "input");
        alone = new float[w.Length];
        ConvBackward.Run(g, x, w, dy, [], alone, [], ExecutionOptions.Default);
        Close.AssertSameBits(alone, dw, "weight");
        alone = new float[6];
        ConvBackward.Run(g, x, w, dy, [], [], alone, ExecutionOptions.Default);
        Close.AssertSameBits(alone, db, "bias");
    }

    [Test]
    public void RejectsWrongLengths()
    {
        ConvGeometry g = new(1, 2, 4, 3, 3, 1, 1, 1, 1);
        Assert.That(() => ConvBackward.Run(g, new float[32], new float[54], new float[47], new float[32], [], [], ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Convolution backward: outputGradient has 47 elements; expected 48."));
        Assert.That(() => ConvBackward.Run(g, new float[32], new float[54], new float[48], new float[32], new float[53], [], ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Convolution backward: weightGradient has 53 elements; expected 54."));
    }
}
