using NUnit.Framework;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Normalization;

public sealed class BlockedBatchNormTests
{
    private const double Eps = 1e-5;

    public enum Shortcut { None, Plain, Normalized }

    private static readonly int[] ThreadCounts = [1, 2, 3, 5];

    // The last size has several runs of rows per plane.
    private static readonly (int Images, int Channels, Size2D Size)[] Sizes =
        [(2, 16, (1, 1)), (3, 3, (5, 4)), (1, 40, (3, 7)), (2, 33, (1, 13)), (5, 17, (6, 1)), (2, 18, (19, 29))];

    [Test]
    public void StatisticsEqualTheDefinitionForAnyMean([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path,
        [Values(0, 1000, 300000)] int mean)
    {
        foreach ((int images, int channels, Size2D size) in Sizes) SimdDispatch.Run(path, new Statistics(images, channels, size, mean));
    }

    [Test]
    public void AnOutlyingFirstRunDoesNotReducePrecision() => SimdDispatch.Run(SimdDispatch.Accelerated[0], new Outlier());

    [Test]
    public void ForwardEqualsTheDefinition([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values] Shortcut shortcut, [Values] bool relu)
    {
        foreach ((int images, int channels, Size2D size) in Sizes)
            SimdDispatch.Run(path, new Forward(images, channels, size, shortcut != Shortcut.None, shortcut == Shortcut.Normalized, relu));
    }

    /// <summary>With and without ReLU, with one or two readers, and with dz stored or not.</summary>
    [Test]
    public void BackwardEqualsFiniteDifferences([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values] bool relu, [Values] bool second,
        [Values] bool stores)
    {
        foreach ((int images, int channels, Size2D size) in Sizes[1..^1]) SimdDispatch.Run(path, new Backward(images, channels, size, relu, second, stores));
    }

    [Test]
    public void FrozenStatisticsAreConstants([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path) => SimdDispatch.Run(path, new Frozen());


    private readonly unsafe struct Statistics(int images, int channels, Size2D size, int offset) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(images * channels * size.Area, 1);
            for (int i = 0; i < x.Length; i++) x[i] += offset;
            float[] weight = Numbers.Random(channels, 2), bias = Numbers.Random(channels, 3), running = Numbers.Random(channels, 4);
            ReferenceBatchNorm expected = new(images, channels, size, Array.ConvertAll(x, value => (double)value), Eps);
            BlockedLayout layout = new(channels, size, new Halo(1, 2, 1, 1));
            BlockedImages input = new(layout, images, x);
            float[]? first = null;
            foreach (int threads in ThreadCounts)
            {
                string what = $"{threads} threads, {images} images of {channels} channels, {size}, mean {offset}";
                PinnedMemory partials = new(MomentPartials.Length(images, channels, size)), memory = new(BatchNormChannels.Length(channels));
                PinnedMemory runningMean = new(running), runningVariance = new(running), gamma = new(weight), beta = new(bias);
                BatchNormParameters parameters = new()
                {
                    Weight = gamma.Pointer,
                    Bias = beta.Pointer,
                    RunningMean = runningMean.Pointer,
                    RunningVariance = runningVariance.Pointer,
                    Eps = Eps,
                    Momentum = 0.1,
                };
                BatchNormChannels norm = new(memory.Pointer, channels);
                for (int t = 0; t < threads; t++) BlockedMoments<TSimd, TVector>.Sum(images, input.View, partials.Pointer, new WorkShare(t, threads));
                for (int t = 0; t < threads; t++) norm.FromBatch(images, size, partials.Pointer, parameters, new WorkShare(t, threads));
                partials.AssertIntact(what);
                memory.AssertIntact(what);

                float[] all = memory.Span.ToArray();
                Close.AssertSameBits(all, first ??= all, what);
                Span<float> mean = new(norm.Mean, channels), variance = new(norm.Variance, channels);
                AssertStatistics(mean, variance, expected, size, what);
                AssertScaleAndShift(norm, weight, bias, expected, what);
                for (int c = channels; c < ChannelBlock.Count(channels) * ChannelBlock.Size; c++)
                    for (int i = c; i < all.Length; i += ChannelBlock.Count(channels) * ChannelBlock.Size) Assert.That(all[i], Is.Zero, what);

                float[] expectedMean = [.. running], expectedVariance = [.. running];
                BatchNorm.UpdateRunning(mean, variance, images * size.Area, 0.1, expectedMean, expectedVariance);
                Close.AssertSameBits(runningMean.Span, expectedMean, what);
                Close.AssertSameBits(runningVariance.Span, expectedVariance, what);
            }
        }

        private static void AssertScaleAndShift(BatchNormChannels norm, float[] weight, float[] bias, ReferenceBatchNorm expected, string what)
        {
            int channels = weight.Length;
            double[] scale = new double[channels], shift = new double[channels], magnitude = new double[channels];
            for (int c = 0; c < channels; c++)
            {
                scale[c] = weight[c] / Math.Sqrt(norm.Variance[c] + Eps); // from the variance rounded to float
                shift[c] = bias[c] - expected.Mean[c] * scale[c];
                magnitude[c] = Math.Abs(bias[c]) + Math.Abs(expected.Mean[c] * scale[c]) + expected.Distance[c] * Math.Abs(scale[c]);
            }
            // Its own rounding, and that of the variance, which the square root halves.
            Close.AssertWithin(new(norm.Scale, channels), scale, [.. scale.Select(Math.Abs)], 2 * Close.UnitRoundoff, $"{what}, scale");
            // From the mean before rounding: see AssertStatistics.
            Close.AssertWithin(new(norm.Shift, channels), shift, magnitude, 80 * Close.UnitRoundoff, $"{what}, shift");
        }
    }

    /// <summary>
    /// A value passes through the additions of its half row, those of the rows of a run (at most all rows) and a few more; its distance from the center
    /// and the square are rounded. The center is off by as many roundings of the mean, which the correction removes up to rounding.
    /// </summary>
    private static void AssertStatistics(ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, ReferenceBatchNorm expected, Size2D size, string what)
    {
        double depth = (size.Width / 2 + size.Height + 5) * Close.UnitRoundoff;
        double[] meanTolerance = new double[mean.Length], varianceTolerance = new double[mean.Length];
        for (int c = 0; c < mean.Length; c++)
        {
            double center = depth * Math.Abs(expected.Mean[c]);
            meanTolerance[c] = Close.UnitRoundoff * Math.Abs(expected.Mean[c]) + depth * (2 * expected.Distance[c] + center);
            varianceTolerance[c] = depth * (expected.Variance[c] + center * center);
        }
        Close.AssertWithin(mean, expected.Mean, meanTolerance, 1, $"{what}, mean");
        Close.AssertWithin(variance, expected.Variance, varianceTolerance, 1, $"{what}, variance");
    }

    private readonly unsafe struct Outlier : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            const int Images = 2, Channels = 16;
            Size2D size = (40, 30);
            float[] x = Numbers.Random(Images * Channels * size.Area, 1);
            for (int i = 0; i < x.Length; i++) x[i] += i % size.Area < size.Width ? 0 : 1e4f; // the first row of each plane is an outlier
            ReferenceBatchNorm expected = new(Images, Channels, size, Array.ConvertAll(x, value => (double)value), Eps);
            BlockedLayout layout = new(Channels, size, default);
            BlockedImages input = new(layout, Images, x);
            PinnedMemory partials = new(MomentPartials.Length(Images, Channels, size)), memory = new(BatchNormChannels.Length(Channels));
            BatchNormChannels norm = new(memory.Pointer, Channels);
            BlockedMoments<TSimd, TVector>.Sum(Images, input.View, partials.Pointer, WorkShare.All);
            norm.FromBatch(Images, size, partials.Pointer, new BatchNormParameters { Eps = Eps }, WorkShare.All);
            AssertStatistics(new(norm.Mean, Channels), new(norm.Variance, Channels), expected, size, "outlier");
        }
    }

    private readonly unsafe struct Forward(int images, int channels, Size2D size, bool added, bool normalized, bool relu) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(images * channels * size.Area, 1), z = Numbers.Random(x.Length, 2);
            PinnedMemory memory = Random(channels, 3), shortcutMemory = Random(channels, 4);
            BatchNormChannels norm = new(memory.Pointer, channels), shortcutNorm = normalized ? new(shortcutMemory.Pointer, channels) : default;
            double[] expected = new double[x.Length], magnitude = new double[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                int c = i / size.Area % channels;
                double product = x[i] * (double)norm.Scale[c], shift = norm.Shift[c], second = 0, secondShift = 0;
                if (added) second = normalized ? z[i] * (double)shortcutNorm.Scale[c] : z[i];
                if (normalized) secondShift = shortcutNorm.Shift[c];
                expected[i] = product + shift + second + secondShift;
                magnitude[i] = Math.Abs(product) + Math.Abs(shift) + Math.Abs(second) + Math.Abs(secondShift);
                if (relu && expected[i] < 0) expected[i] = 0;
            }
            BlockedLayout from = new(channels, size, new Halo(1, 2, 1, 1)), other = new(channels, size, new Halo(0, 1, 0, 0));
            BlockedLayout to = new(channels, size, new Halo(0, 1, 2, 1));
            BlockedImages input = new(from, images, x), shortcut = new(other, images, z);
            foreach (int threads in ThreadCounts)
            {
                BlockedImages output = new(to, images);
                for (int t = 0; t < threads; t++)
                {
                    BlockedBatchNorm<TSimd, TVector>.Forward(images, input.View, norm, added ? shortcut.View : default, shortcutNorm, relu, output.View,
                        new WorkShare(t, threads));
                }
                string what = $"{threads} threads, {images} images of {channels} channels, {size}";
                Close.AssertWithin(output.WrittenWithHalo(what), expected, magnitude, Close.SumTolerance(4), what);
            }
        }

        /// <summary>Random numbers in all channels, zeros in padding channels.</summary>
        private static PinnedMemory Random(int channels, int seed)
        {
            PinnedMemory memory = new(BatchNormChannels.Length(channels));
            memory.Span.Clear();
            BatchNormChannels norm = new(memory.Pointer, channels);
            Numbers.Random(channels, seed).CopyTo(new Span<float>(norm.Scale, channels));
            Numbers.Random(channels, seed + 10).CopyTo(new Span<float>(norm.Shift, channels));
            return memory;
        }
    }

    private readonly unsafe struct Backward(int images, int channels, Size2D size, bool relu, bool second, bool stores) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(images * channels * size.Area, 1), dy = Numbers.Random(x.Length, 2), dy2 = Numbers.Random(x.Length, 3);
            float[] weight = [.. Numbers.Random(channels, 4).Select(value => value + 2)], bias = Numbers.Random(channels, 5), before = Numbers.Random(channels, 6);
            float[] y = new float[x.Length]; // ReLU's output is the mask, which small changes of x do not affect
            double[] dz = new double[x.Length];
            ReferenceBatchNorm norm = new(images, channels, size, Array.ConvertAll(x, value => (double)value), Eps);
            for (int i = 0; i < x.Length; i++)
            {
                y[i] = (float)Math.Max(0, norm.Normalize(x[i], i, weight, bias));
                dz[i] = relu && !(y[i] > 0) ? 0 : dy[i] + (second ? (double)dy2[i] : 0);
            }
            double[] expected = Differences(x, dz, weight, bias), expectedWeight = new double[channels], expectedBias = new double[channels];
            double[] weightMagnitude = new double[channels], biasMagnitude = new double[channels];
            for (int i = 0; i < x.Length; i++)
            {
                int c = norm.Channel(i);
                double slope = (x[i] - norm.Mean[c]) / Math.Sqrt(norm.Variance[c] + Eps); // y is linear in its parameters
                expectedWeight[c] += dz[i] * slope;
                expectedBias[c] += dz[i];
                weightMagnitude[c] += Math.Abs(dz[i]) * (Math.Abs(slope) + 1);
                biasMagnitude[c] += Math.Abs(dz[i]);
            }
            BlockedLayout layout = new(channels, size, new Halo(1, 2, 1, 1)), to = new(channels, size, new Halo(0, 1, 2, 1)), bare = new(channels, size, default);
            BlockedImages input = new(layout, images, x), output = new(to, images, y), first = new(bare, images, dy), other = new(layout, images, dy2);
            PinnedMemory gamma = new(weight), beta = new(bias);
            BatchNormParameters parameters = new() { Weight = gamma.Pointer, Bias = beta.Pointer, Eps = Eps };
            float[]? same = null;
            foreach (int threads in ThreadCounts)
            {
                string what = $"{threads} threads, {images} images of {channels} channels, {size}";
                PinnedMemory moments = new(MomentPartials.Length(images, channels, size)), sums = new(ChannelPartials.Length(images, channels));
                PinnedMemory memory = new(BatchNormChannels.Length(channels)), weightGradient = new(before), biasGradient = new(channels);
                BlockedImages stored = new(to, images), inputGradient = new(layout, images);
                BatchNormChannels numbers = new(memory.Pointer, channels);
                BlockedMoments<TSimd, TVector>.Sum(images, input.View, moments.Pointer, WorkShare.All);
                numbers.FromBatch(images, size, moments.Pointer, parameters, WorkShare.All);

                BlockedGradient gradient = new(first.View, second ? other.View : default, relu ? output.View : default);
                for (int t = 0; t < threads; t++)
                {
                    BlockedChannelSums<TSimd, TVector>.Sum(images, gradient, input.View, numbers.Mean, stores ? stored.View : default, sums.Pointer,
                        new WorkShare(t, threads));
                }
                for (int t = 0; t < threads; t++)
                {
                    numbers.Differentiate(images, size, sums.Pointer, adds: false, null, biasGradient.Pointer, new WorkShare(t, threads));
                    numbers.Differentiate(images, size, sums.Pointer, adds: true, weightGradient.Pointer, null, new WorkShare(t, threads));
                }
                BlockedGradient final = stores ? new BlockedGradient(stored.View) : gradient;
                for (int t = 0; t < threads; t++)
                    BlockedBatchNorm<TSimd, TVector>.Backward(images, final, input.View, numbers, inputGradient.View, new WorkShare(t, threads));

                float[] dx = inputGradient.WrittenWithHalo(what);
                Close.AssertSameBits(dx, same ??= dx, what);
                // Differences are off by less than 1e-7 here; float32 sums of up to 20 values per plane, with terms below 10, by 30 roundings.
                Close.AssertWithin(dx, expected, [.. expected.Select(_ => 1.0)], 2e-5, $"{what}, dx");
                double depth = (size.Height + size.Width + 6) * Close.UnitRoundoff;
                Close.AssertWithin(biasGradient.Span, expectedBias, biasMagnitude, depth, $"{what}, bias");
                for (int c = 0; c < channels; c++) (expectedWeight[c], weightMagnitude[c]) = (expectedWeight[c] + before[c], weightMagnitude[c] + Math.Abs(before[c]));
                Close.AssertWithin(weightGradient.Span, expectedWeight, weightMagnitude, depth, $"{what}, weight");
                for (int c = 0; c < channels; c++) expectedWeight[c] -= before[c];
                if (!stores) continue;
                Close.AssertWithin(stored.WrittenWithHalo(what), dz, [.. dz.Select(_ => 2.0)], Close.UnitRoundoff, $"{what}, dz");
            }
        }

        /// <summary>d(sum of dz * norm(x)) / dx by central differences.</summary>
        private double[] Differences(float[] x, double[] dz, float[] weight, float[] bias)
        {
            const double Step = 1e-4;
            double[] moved = Array.ConvertAll(x, value => (double)value), result = new double[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                double value = moved[i];
                moved[i] = value + Step;
                double above = Loss(moved, dz, weight, bias, i);
                moved[i] = value - Step;
                result[i] = (above - Loss(moved, dz, weight, bias, i)) / (2 * Step);
                moved[i] = value;
            }
            return result;
        }

        /// <summary>The part of the loss that depends on one value: its channel's.</summary>
        private double Loss(double[] x, double[] dz, float[] weight, float[] bias, int moved)
        {
            int channel = moved / size.Area % channels, area = size.Area, total = channels * area, first = channel * area;
            double[] values = [.. Enumerable.Range(0, images * area).Select(i => x[i / area * total + first + i % area])];
            ReferenceBatchNorm norm = new(images, 1, size, values, Eps);
            double loss = 0;
            for (int i = 0; i < values.Length; i++)
                loss += dz[i / area * total + first + i % area] * norm.Normalize(values[i], i, weight.AsSpan(channel), bias.AsSpan(channel));
            return loss;
        }
    }

    private readonly unsafe struct Frozen : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            const int Images = 2, Channels = 19;
            Size2D size = (3, 5);
            float[] dy = Numbers.Random(Images * Channels * size.Area, 1), weight = Numbers.Random(Channels, 2), bias = Numbers.Random(Channels, 3);
            float[] mean = Numbers.Random(Channels, 4), variance = [.. Numbers.Random(Channels, 5).Select(value => value + 2)];
            PinnedMemory gamma = new(weight), beta = new(bias), runningMean = new(mean), runningVariance = new(variance);
            BatchNormParameters parameters = new()
            {
                Weight = gamma.Pointer,
                Bias = beta.Pointer,
                RunningMean = runningMean.Pointer,
                RunningVariance = runningVariance.Pointer,
                Eps = Eps,
            };
            PinnedMemory memory = new(BatchNormChannels.Length(Channels));
            BatchNormChannels norm = new(memory.Pointer, Channels);
            for (int t = 0; t < 3; t++) norm.Freeze(parameters, new WorkShare(t, 3));
            memory.AssertIntact("frozen");
            double[] scale = new double[Channels], shift = new double[Channels], expected = new double[dy.Length];
            for (int c = 0; c < Channels; c++)
            {
                scale[c] = weight[c] / Math.Sqrt(variance[c] + Eps);
                shift[c] = bias[c] - mean[c] * scale[c];
            }
            Close.AssertWithin(new(norm.Scale, Channels), scale, [.. scale.Select(Math.Abs)], Close.UnitRoundoff, "scale");
            Close.AssertWithin(new(norm.Shift, Channels), shift, [.. shift.Select(Math.Abs)], Close.UnitRoundoff, "shift");
            for (int i = 0; i < dy.Length; i++) expected[i] = dy[i] * scale[i / size.Area % Channels];

            BlockedLayout layout = new(Channels, size, new Halo(1, 2, 1, 1));
            BlockedImages gradient = new(layout, Images, dy), inputGradient = new(layout, Images);
            BlockedBatchNorm<TSimd, TVector>.Backward(Images, new BlockedGradient(gradient.View), default, norm, inputGradient.View, WorkShare.All);
            Close.AssertWithin(inputGradient.WrittenWithHalo("dx"), expected, [.. expected.Select(Math.Abs)], 2 * Close.UnitRoundoff, "dx");
        }
    }
}
