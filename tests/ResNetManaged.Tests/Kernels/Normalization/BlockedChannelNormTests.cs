using NUnit.Framework;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Normalization;

public sealed class BlockedChannelNormTests
{
    private const double Eps = 1e-5;

    private static readonly (int Images, int Channels, Size2D Size)[] Cases =
        [(2, 16, (5, 4)), (1, 33, (3, 7)), (3, 3, (2, 3)), (1, 96, (7, 7)), (2, 40, (1, 1)), (1, 1, (2, 5)), (2, 250, (2, 3))];

    [Test]
    public void EqualsTheDefinition([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values(0, 100)] int offset)
    {
        foreach ((int images, int channels, Size2D size) in Cases) SimdDispatch.Run(path, new Comparison(images, channels, size, offset, []));
    }

    [Test]
    public void EveryWidthGivesTheSameBits()
    {
        foreach ((int images, int channels, Size2D size) in Cases)
        {
            float[] scalar = new float[images * channels * size.Area];
            SimdDispatch.Run(SimdPath.Scalar, new Comparison(images, channels, size, 0, scalar));
            foreach (SimdPath path in SimdDispatch.Accelerated)
            {
                float[] result = new float[scalar.Length];
                SimdDispatch.Run(path, new Comparison(images, channels, size, 0, result));
                Close.AssertSameBits(result, scalar, $"{path}, {channels} channels");
            }
        }
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void AnInfinityMakesOnlyItsOwnPixelNaN(SimdPath path) => SimdDispatch.Run(path, new Special());

    private readonly unsafe struct Comparison(int images, int channels, Size2D size, int offset, float[] result) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(images * channels * size.Area, 1), weight = Numbers.Random(channels, 2), bias = Numbers.Random(channels, 3);
            for (int i = 0; i < x.Length; i++) x[i] += offset;
            (double[] expected, double[] tolerance) = Definition(x, weight, bias);
            BlockedLayout from = new(channels, size, new Halo(1, 2, 1, 1)), to = new(channels, size, new Halo(0, 1, 2, 1));
            BlockedImages input = new(from, images, x);
            PinnedMemory scales = Padded(weight), shifts = Padded(bias);
            BlockedChannelNorm<TSimd, TVector> kernel = new(images, channels, size);
            float[]? same = null;
            foreach (int threads in (int[])[1, 2, 3, 5])
            {
                string what = $"{threads} threads, {images} images of {channels} channels, {size}, offset {offset}";
                BlockedImages output = new(to, images);
                PinnedMemory scratch = new(kernel.ScratchLength(threads));
                for (int t = 0; t < threads; t++)
                    kernel.Run(input.View, scales.Pointer, shifts.Pointer, Eps, output.View, scratch.Pointer, new WorkShare(t, threads));
                scratch.AssertIntact(what);
                float[] y = output.Written(what);
                Close.AssertSameBits(y, same ??= y, what);
            }
            Close.AssertWithin(same, expected, tolerance, 1, "layer norm");
            same.AsSpan(0, Math.Min(same!.Length, result.Length)).CopyTo(result);
        }

        /// <summary>The result in double, and the error bound of each element.</summary>
        /// <remarks>
        /// A sum passes through the additions of its blocks, those of four pairs, and a division. The mean is off by as many roundings of the mean of
        /// magnitudes, a deviation by one more, and the variance, a mean of squares of such deviations, by twice that and its own additions.
        /// </remarks>
        private (double[] Expected, double[] Tolerance) Definition(float[] x, float[] weight, float[] bias)
        {
            double[] expected = new double[x.Length], tolerance = new double[x.Length];
            double depth = (ChannelBlock.Count(channels) + 6) * Close.UnitRoundoff;
            for (int pixel = 0; pixel < images * size.Area; pixel++)
            {
                int first = pixel / size.Area * channels * size.Area + pixel % size.Area;
                double[] values = new double[channels];
                for (int c = 0; c < channels; c++) values[c] = x[first + c * size.Area];
                double mean = values.Average(), variance = values.Average(v => (v - mean) * (v - mean)), root = Math.Sqrt(variance + Eps);
                double center = depth * values.Average(Math.Abs) + Close.UnitRoundoff * values.Max(v => Math.Abs(v - mean));
                double relative = (depth * variance + 2 * center * values.Average(v => Math.Abs(v - mean)) + center * center) / (variance + Eps) / 2 + 5 * Close.UnitRoundoff;
                for (int c = 0; c < channels; c++)
                {
                    int i = first + c * size.Area;
                    double z = (values[c] - mean) / root;
                    expected[i] = z * weight[c] + bias[c];
                    tolerance[i] = Math.Abs(weight[c]) * (center / root + Math.Abs(z) * relative * 2) + Close.UnitRoundoff * Math.Abs(expected[i]);
                }
            }
            return (expected, tolerance);
        }
    }

    private readonly unsafe struct Special : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            const int Channels = 20;
            Size2D size = (2, 3);
            float[] x = Numbers.Random(Channels * size.Area, 1), ones = [.. Enumerable.Repeat(1f, Channels)];
            x[4] = float.PositiveInfinity;
            BlockedLayout layout = new(Channels, size, new Halo(1, 1, 1, 1));
            BlockedImages input = new(layout, 1, x), output = new(layout, 1);
            BlockedChannelNorm<TSimd, TVector> kernel = new(1, Channels, size);
            kernel.Run(input.View, Padded(ones).Pointer, Padded(ones).Pointer, Eps, output.View, new PinnedMemory(kernel.ScratchLength(1)).Pointer, WorkShare.All);
            float[] y = output.Written("infinity"); // padding channels are 0
            for (int i = 0; i < y.Length; i++) Assert.That(float.IsNaN(y[i]), Is.EqualTo(i % size.Area == 4), $"element {i}");
        }
    }

    /// <summary>Whole blocks; channels that pad the last one are 0.</summary>
    private static PinnedMemory Padded(float[] values)
    {
        PinnedMemory memory = new(ChannelBlock.Count(values.Length) * ChannelBlock.Size);
        memory.Span.Clear();
        values.CopyTo(memory.Span);
        return memory;
    }
}
