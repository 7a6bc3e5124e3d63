using NUnit.Framework;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Stem;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Convolution.Stem;

public sealed class StemConvTests
{
    private const int Seed = 7;

    private static readonly int[] ThreadCounts = [1, 2, 3, 5];

    [Test]
    public void EqualsTheDefinitionForRandomSizes([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        for (int i = 0; i < 12; i++)
        {
            Padding2D padding = RandomPadding.Next(random, 3, 3);
            Size2D input = (random.Next(14, 70), random.Next(14, 70)); // at least 4 outputs in a row
            Check(path, Geometry(random.Next(1, 3), random.Next(1, 5), input, random.Next(1, 40), padding),
                random.Next(3) > 0 ? RandomPadding.Next(random, 1, 1) : null, relu: random.Next(2) == 0);
        }
    }

    [Test]
    public void BandsOfSeveralThreadsCoverTheOutput([Values] bool pooled) =>
        Check(SimdDispatch.Resolve(SimdPath.Auto), Geometry(2, 3, (131, 60), 64, padding: 3), pooled ? 1 : null, relu: true);

    [Test]
    public void TheTransformsComputeTheConvolution()
    {
        // In double, along one row: A^T [(G g) * (B^T d)] summed over both phases is the convolution.
        double[] kernel = [.. Numbers.Random(StemTransform.Kernel, 1).Select(value => (double)value)];
        float[] pixels = Numbers.Random(StemTransform.Stride * (StemTransform.Outputs - 1) + StemTransform.Kernel, 2);
        double[] sums = new double[StemTransform.Points];
        for (int phase = 0; phase < 2; phase++)
        {
            double[,] g = StemTransform.KernelMatrix(phase);
            float[] points = Points(pixels, phase);
            for (int p = 0; p < StemTransform.PointsOf(phase); p++)
            {
                double weight = 0;
                for (int tap = 0; tap < StemTransform.Taps(phase); tap++) weight += g[p, tap] * kernel[2 * tap + phase];
                sums[p] += weight * points[p];
            }
        }
        double[] at = [0, 1, -1, 2, -2, double.NaN, 0.5];
        for (int i = 0; i < StemTransform.Outputs; i++)
        {
            double result = i == StemTransform.Outputs - 1 ? sums[5] : 0, expected = 0;
            for (int p = 0; p < sums.Length; p++) if (p != 5) result += Math.Pow(at[p], i) * sums[p];
            for (int k = 0; k < kernel.Length; k++) expected += kernel[k] * pixels[2 * i + k];
            // Points are rounded to float32: the coefficients of a row of B^T sum to at most 16.5, those of A^T to at most 18.1; a point's weight is below 1.
            Assert.That(result, Is.EqualTo(expected).Within(7 * 16.5 * 18.1 * Math.Pow(2, -23)), $"output {i}");
        }
    }

    private static unsafe float[] Points(float[] pixels, int phase)
    {
        float[] points = new float[StemTransform.Points], scratch = new float[StemTransform.Points];
        fixed (float* d = pixels, result = points, memory = scratch)
        {
            if (phase == 0) StemTransform.TransformEven<SimdScalar, float>(d, 2, result, 1, memory);
            else StemTransform.TransformOdd<SimdScalar, float>(d + 1, 2, result, 1);
        }
        return points;
    }

    private static ConvGeometry Geometry(int batch, int inChannels, Size2D input, int outChannels, Padding2D padding) =>
        new(batch, inChannels, input, outChannels, StemTransform.Kernel, StemTransform.Stride, padding, 1, 1);

    private static void Check(SimdPath path, ConvGeometry g, Padding2D? pooling, bool relu)
    {
        string what = $"{path}, pooled with padding {pooling}, ReLU {relu}, {g}";
        float[] x = Numbers.Random(g.InputLength, 1), weight = Numbers.Random(g.WeightLength, 2), bias = Numbers.Random(g.OutChannels, 3);
        PoolGeometry? pool = pooling is { } padding ? new PoolGeometry(g.Batch, g.OutChannels, g.Output, 3, 2, padding, 1, ceilMode: false) : null;
        ReferenceSum sums = ReferenceConv.Forward(g, x, weight, bias);
        ReferenceConv.Finish(sums, [], relu);
        double[] expected = sums.Value;
        if (pool is { } geometry) expected = ReferencePool.Max(geometry, [.. expected.Select(value => (float)value)]);
        float[] one = Run(path, g, pool, x, weight, bias, relu, threads: 1);

        // As for F(4x4), but along one axis: the data is in [-1, 1), so a point of B^T d is at most 16.5 and a kernel's at most 1; A^T's largest row sum is
        // 19.1. Each of K = 2 * 7 C products is rounded once for each term added after it, and the transforms add 8 roundings.
        int terms = 2 * StemTransform.Kernel * g.InChannels;
        double tolerance = (terms + 8) * Math.Pow(2, -24) * 16.5 * 19.1 * terms;
        for (int i = 0; i < one.Length; i++) Assert.That(one[i], Is.EqualTo(expected[i]).Within(tolerance), $"element {i}, {what}");
        // Roundings of random sign grow as the square root of their number.
        Assert.That(RootMeanSquare(one, expected), Is.LessThan(Math.Pow(2, -24) * 16.5 * 19.1 * Math.Sqrt(terms)), $"{what}: root mean square");
        foreach (int threads in ThreadCounts)
            Close.AssertSameBits(Run(path, g, pool, x, weight, bias, relu, threads), one, $"{threads} threads, {what}");
    }

    private static double RootMeanSquare(float[] actual, double[] expected) =>
        Math.Sqrt(actual.Select((value, i) => (value - expected[i]) * (value - expected[i])).Average());

    private static float[] Run(SimdPath path, ConvGeometry g, PoolGeometry? pool, float[] x, float[] weight, float[] bias, bool relu, int threads)
    {
        float[] y = new float[pool?.OutputLength ?? g.OutputLength];
        SimdDispatch.Run(path, new Computation(g, pool, x, weight, bias, relu, threads, y));
        return y;
    }

    private readonly unsafe struct Computation(ConvGeometry g, PoolGeometry? pool, float[] x, float[] weight, float[] bias, bool relu, int threads, float[] y)
        : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            string what = $"{g}, {threads} threads";
            BlockedLayout to = new(g.OutChannels, pool?.Output ?? g.Output, new Halo(1, 2, 0, 1));
            StemConv<TSimd, TVector> kernel = new(g, pool, to, relu);
            PinnedMemory weights = new(kernel.WeightLength), biases = new(kernel.Panels.BiasLength), scratch = new(kernel.ScratchLength(threads));
            kernel.Pack(weight, Enumerable.Repeat(1.0, g.OutChannels).ToArray(), weights.Span);
            biases.Span.Clear();
            bias.CopyTo(biases.Span);
            PinnedMemory input = new(x);
            BlockedImages output = new(to, g.Batch);
            for (int thread = 0; thread < threads; thread++)
            {
                kernel.Run(input.Pointer, weights.Pointer, biases.Pointer, output.Pointer, scratch.Pointer, weights.Pointer,
                    new WorkShare(thread, threads));
            }
            foreach (PinnedMemory memory in (PinnedMemory[])[weights, biases, scratch, input]) memory.AssertIntact(what);
            output.Written(what).CopyTo(y, 0);
        }
    }
}
