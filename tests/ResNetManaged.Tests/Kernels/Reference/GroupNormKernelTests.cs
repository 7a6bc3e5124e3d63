using NUnit.Framework;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Reference;

public sealed class GroupNormKernelTests
{
    private const double Eps = 1e-5;

    // scale and shift are each rounded once; the product and the sum once each: four roundings of terms no larger than the magnitude.
    private const double Tolerance = 4 * Close.UnitRoundoff;

    [Test]
    public void NormalizesEachGroupByDefinition([Values(0, 1, 3)] int batch, [Values(1, 2, 6)] int groups, [Values(1, 7, 49, 257)] int area,
        [Values] bool affine, [Values(0, 1000)] int offset)
    {
        const int Channels = 6;
        float[] x = [.. Numbers.Random(batch * Channels * area, 1).Select(value => value + offset)];
        float[] weight = affine ? Numbers.Random(Channels, 4) : [], bias = affine ? Numbers.Random(Channels, 5) : [];
        ReferenceBatchNorm norm = new(1, batch * groups, (Channels / groups, area), Array.ConvertAll(x, value => (double)value), Eps);
        double[] expected = new double[x.Length], magnitude = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            int group = norm.Channel(i), c = i / area % Channels;
            double scale = (affine ? weight[c] : 1) / Math.Sqrt(norm.Variance[group] + Eps), b = affine ? bias[c] : 0;
            expected[i] = (x[i] - norm.Mean[group]) * scale + b;
            magnitude[i] = Math.Abs(x[i] * scale) + Math.Abs(norm.Mean[group] * scale) + Math.Abs(b);
        }
        Guarded y = new(x.Length);
        GroupNormKernel.Forward(batch, Channels, area, groups, x, weight, bias, Eps, y.Span, new ExecutionOptions { Threads = 2 });
        y.AssertIntact();
        Close.AssertWithin(y.Span, expected, magnitude, Tolerance, "normalize");

        GroupNormKernel.Forward(batch, Channels, area, groups, x, weight, bias, Eps, x, ExecutionOptions.Default);
        Close.AssertSameBits(x, y.Span, "in place");
    }

    [Test]
    public void OmittingAGradientDoesNotChangeTheOthers()
    {
        float[] x = Numbers.Random(2 * 6 * 5, 1), dy = Numbers.Random(x.Length, 2), weight = Numbers.Random(6, 3);
        float[] dx = new float[x.Length], dw = new float[6], db = new float[6], alone = new float[x.Length];
        Run(dx, dw, db, threads: 1);
        Run(alone, [], [], threads: 3);
        Close.AssertSameBits(alone, dx, "input");
        float[] onlyWeight = new float[6], onlyBias = new float[6];
        Run(new float[x.Length], onlyWeight, [], threads: 3);
        Run(new float[x.Length], [], onlyBias, threads: 3);
        Close.AssertSameBits(onlyWeight, dw, "weight");
        Close.AssertSameBits(onlyBias, db, "bias");

        void Run(float[] dx, float[] dw, float[] db, int threads) =>
            GroupNormKernel.Backward(2, 6, 5, 3, x, weight, Eps, dy, dx, dw, db, new ExecutionOptions { Threads = threads });
    }

    [Test]
    public void RejectsWrongLengthsAndAShiftedOutput()
    {
        float[] two = new float[2], six = new float[6], seven = new float[7];
        Assert.That(() => GroupNormKernel.Forward(1, 2, 3, 1, new float[5], two, two, Eps, six, ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("GroupNorm: input has 5 elements; expected 6."));
        Assert.That(() => GroupNormKernel.Forward(1, 2, 3, 1, six, new float[3], two, Eps, six, ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("GroupNorm: weight has 3 elements; expected 2."));
        Assert.That(() => GroupNormKernel.Forward(1, 2, 3, 1, seven.AsSpan(..6), two, two, Eps, seven.AsSpan(1), ExecutionOptions.Default),
            Throws.TypeOf<ArgumentException>().With.Message.Contains("the destination overlaps input, shifted by 1 elements"));
    }
}
