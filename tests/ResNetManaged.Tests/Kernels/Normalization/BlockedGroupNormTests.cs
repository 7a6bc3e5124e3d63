using NUnit.Framework;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Normalization;

public sealed class BlockedGroupNormTests
{
    private const double Eps = 1e-5;

    private static readonly int[] ThreadCounts = [1, 2, 3, 5];

    private static readonly Case[] Cases =
    [
        new(2, 16, 4, (5, 4)), // groups narrower than a block
        new(1, 32, 2, (3, 7)), // groups as wide as a block
        new(3, 64, 2, (2, 3)), // groups wider than a block
        new(2, 30, 10, (4, 3)), // groups of three that cross blocks
        new(2, 36, 3, (3, 3)), // groups of twelve that cross blocks
        new(2, 66, 2, (3, 2)), // groups of 33, wider than a block and not aligned
        new(1, 33, 33, (1, 13)), // instance norm
        new(5, 17, 1, (6, 1)), // layer norm
        new(2, 40, 5, (19, 29)), // planes of several runs of rows
        new(2, 16, 16, (1, 1)), // one value per group
    ];

    [Test]
    public void StatisticsEqualTheDefinitionForAnyMean([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path,
        [Values(0, 1000, 300000)] int mean)
    {
        foreach (Case geometry in Cases) SimdDispatch.Run(path, new Statistics(geometry, mean));
    }

    [Test]
    public void ForwardEqualsTheDefinition([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values] bool affine, [Values] bool fused)
    {
        foreach (Case geometry in Cases) SimdDispatch.Run(path, new Forward(geometry, affine, fused));
    }

    [Test]
    public void ProcessingSlicesOfChannelsGivesTheSameBits([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values] bool fused)
    {
        foreach (Case geometry in Cases) SimdDispatch.Run(path, new Slices(geometry, fused));
    }

    [Test]
    public void BackwardEqualsFiniteDifferences([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values] bool affine)
    {
        foreach (Case geometry in Cases.Where(geometry => geometry.Size.Area is > 1 and < 100)) SimdDispatch.Run(path, new Backward(geometry, affine));
    }

    private readonly record struct Case(int Images, int Channels, int Groups, Size2D Size)
    {
        public int Length => Images * Channels * Size.Area;

        public int GroupLength => Channels / Groups * Size.Area;

        public int Channel(int index) => index / Size.Area % Channels;

        /// <summary>A group norm is the batch norm of one image with a channel for each group of each image.</summary>
        public ReferenceBatchNorm Definition(ReadOnlySpan<double> x) => new(1, Images * Groups, (Channels / Groups, Size.Area), x, Eps);
    }

    /// <summary>The statistics, scales and shifts of a group norm, computed by its kernels on some threads.</summary>
    private static unsafe GroupNormImages Normalize<TSimd, TVector>(Case g, BlockedImages input, float* weight, float* bias, int threads, string what)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        PinnedMemory partials = new(MomentPartials.Length(g.Images, g.Channels, g.Size)), memory = new(GroupNormImages.Length(g.Images, g.Channels));
        GroupNormImages norm = new(memory.Pointer, g.Images, g.Channels, g.Groups);
        for (int t = 0; t < threads; t++) BlockedMoments<TSimd, TVector>.Sum(g.Images, input.View, partials.Pointer, new WorkShare(t, threads));
        for (int t = 0; t < threads; t++) norm.FromImages(g.Size, partials.Pointer, weight, bias, Eps, new WorkShare(t, threads));
        partials.AssertIntact(what);
        memory.AssertIntact(what);
        return norm;
    }

    private readonly unsafe struct Statistics(Case g, int offset) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(g.Length, 1);
            for (int i = 0; i < x.Length; i++) x[i] += offset + g.Channel(i); // the channels of a group differ too
            ReferenceBatchNorm expected = g.Definition(Array.ConvertAll(x, value => (double)value));
            BlockedImages input = new(new BlockedLayout(g.Channels, g.Size, new Halo(1, 2, 1, 1)), g.Images, x);
            float[]? same = null;
            foreach (int threads in ThreadCounts)
            {
                string what = $"{threads} threads, {g}, mean {offset}";
                BatchNormChannels numbers = Normalize<TSimd, TVector>(g, input, null, null, threads, what).Channels;
                int length = BatchNormChannels.Length(g.Channels), row = ChannelBlock.Count(g.Channels) * ChannelBlock.Size;
                Assert.That(numbers.ImageStride, Is.EqualTo(length));
                float[] all = new Span<float>(numbers.Mean, g.Images * length).ToArray();
                Close.AssertSameBits(all, same ??= all, what);
                for (int i = 0; i < all.Length; i++) if (i % row >= g.Channels) Assert.That(all[i], Is.Zero, $"{what}: padding");
                AssertStatistics(numbers, expected, what);
            }
        }

        /// <summary>
        /// A value passes through the additions of its half row, those of the rows of a run, and a few more; its distance from the run's center and the
        /// square are rounded; the rest is double. The center is off by as many roundings of the mean, which the correction removes up to rounding.
        /// </summary>
        private void AssertStatistics(BatchNormChannels numbers, ReferenceBatchNorm expected, string what)
        {
            double depth = (g.Size.Width / 2 + g.Size.Height + 5) * Close.UnitRoundoff;
            for (int n = 0; n < g.Images; n++)
                for (int c = 0; c < g.Channels; c++)
                {
                    int group = n * g.Groups + c / (g.Channels / g.Groups), place = n * numbers.ImageStride + c;
                    double mean = expected.Mean[group], variance = expected.Variance[group], center = depth * (Math.Abs(mean) + g.Channels);
                    Assert.That(numbers.Mean[place], Is.EqualTo(mean).Within(Close.UnitRoundoff * Math.Abs(mean) + depth * (4 * expected.Distance[group] + center)), what);
                    Assert.That(numbers.Variance[place], Is.EqualTo(variance).Within(depth * (2 * variance + center * center) + float.Epsilon), what);
                }
        }
    }

    /// <summary>Alone, or with ReLU and a shortcut that also has a group norm.</summary>
    private readonly unsafe struct Forward(Case g, bool affine, bool fused) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(g.Length, 1), z = Numbers.Random(g.Length, 2), weight = Numbers.Random(g.Channels, 3), bias = Numbers.Random(g.Channels, 4);
            double[] expected = new double[g.Length], magnitude = new double[g.Length];
            Add(x, affine ? weight : null, affine ? bias : null, expected, magnitude);
            if (fused) Add(z, null, null, expected, magnitude);
            for (int i = 0; i < g.Length && fused; i++) expected[i] = Math.Max(0, expected[i]);

            BlockedLayout from = new(g.Channels, g.Size, new Halo(1, 2, 1, 1)), to = new(g.Channels, g.Size, new Halo(0, 1, 2, 1));
            BlockedImages input = new(from, g.Images, x), shortcut = new(to, g.Images, z);
            PinnedMemory gamma = new(weight), beta = new(bias);
            float[]? same = null;
            foreach (int threads in ThreadCounts)
            {
                string what = $"{threads} threads, {g}, affine {affine}, fused {fused}";
                BatchNormChannels norm = Normalize<TSimd, TVector>(g, input, affine ? gamma.Pointer : null, affine ? beta.Pointer : null, threads, what).Channels;
                BatchNormChannels other = fused ? Normalize<TSimd, TVector>(g, shortcut, null, null, threads, what).Channels : default;
                BlockedImages output = new(to, g.Images);
                for (int t = 0; t < threads; t++)
                {
                    BlockedBatchNorm<TSimd, TVector>.Forward(g.Images, input.View, norm, fused ? shortcut.View : default, other, relu: fused, output.View,
                        new WorkShare(t, threads));
                }
                float[] y = output.WrittenWithHalo(what);
                Close.AssertSameBits(y, same ??= y, what);
                // The statistics' roundings, as in AssertStatistics, and a few for the scale, the shift and the sums.
                Close.AssertWithin(y, expected, magnitude, (g.Size.Width / 2 + g.Size.Height + 15) * Close.UnitRoundoff, what);
            }
        }

        private void Add(float[] x, float[]? weight, float[]? bias, double[] sums, double[] magnitudes)
        {
            ReferenceBatchNorm norm = g.Definition(Array.ConvertAll(x, value => (double)value));
            for (int i = 0; i < x.Length; i++)
            {
                int group = norm.Channel(i), c = g.Channel(i);
                double scale = (weight?[c] ?? 1) / Math.Sqrt(norm.Variance[group] + Eps), shift = bias?[c] ?? 0;
                sums[i] += (x[i] - norm.Mean[group]) * scale + shift;
                magnitudes[i] += (Math.Abs(x[i]) + Math.Abs(norm.Mean[group]) + norm.Distance[group]) * Math.Abs(scale) + Math.Abs(shift);
            }
        }
    }

    /// <summary>Alone, or with a shortcut and ReLU.</summary>
    private readonly unsafe struct Slices(Case g, bool fused) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            BlockedLayout from = new(g.Channels, g.Size, new Halo(1, 2, 1, 1)), to = new(g.Channels, g.Size, new Halo(0, 1, 2, 1));
            BlockedImages input = new(from, g.Images, Numbers.Random(g.Length, 1)), beside = new(to, g.Images, Numbers.Random(g.Length, 2));
            PinnedMemory weight = new(Numbers.Random(g.Channels, 3)), bias = new(Numbers.Random(g.Channels, 4));
            BlockedView shortcut = fused ? beside.View : default;
            BlockedImages whole = new(to, g.Images);
            BatchNormChannels norm = Normalize<TSimd, TVector>(g, input, weight.Pointer, bias.Pointer, threads: 1, $"{g}").Channels;
            BlockedBatchNorm<TSimd, TVector>.Forward(g.Images, input.View, norm, shortcut, default, relu: fused, whole.View, WorkShare.All);
            float[] expected = whole.WrittenWithHalo($"{g}");

            BlockedGroupNorm<TSimd, TVector> kernel = new(g.Images, g.Channels, g.Groups, g.Size);
            kernel.Prepare(from, to);
            foreach (int threads in ThreadCounts)
            {
                string what = $"{threads} threads, {g}, fused {fused}";
                PinnedMemory scratch = new(kernel.ScratchLength(threads));
                BlockedImages output = new(to, g.Images);
                for (int t = 0; t < threads; t++)
                    kernel.Run(input.View, weight.Pointer, bias.Pointer, Eps, shortcut, relu: fused, output.View, scratch.Pointer, new WorkShare(t, threads));
                scratch.AssertIntact(what);
                Close.AssertSameBits(output.WrittenWithHalo(what), expected, what);
            }
        }
    }

    private readonly unsafe struct Backward(Case g, bool affine) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(g.Length, 1), dy = Numbers.Random(g.Length, 2), before = Numbers.Random(g.Channels, 6);
            float[] weight = affine ? [.. Numbers.Random(g.Channels, 4).Select(value => value + 2)] : [.. Enumerable.Repeat(1f, g.Channels)];
            double[] expected = Differences(x, dy, weight), expectedWeight = Array.ConvertAll(before, value => (double)value);
            double[] expectedBias = new double[g.Channels], weightMagnitude = Array.ConvertAll(expectedWeight, Math.Abs), biasMagnitude = new double[g.Channels];
            ReferenceBatchNorm norm = g.Definition(Array.ConvertAll(x, value => (double)value));
            for (int i = 0; i < g.Length; i++)
            {
                int c = g.Channel(i), group = norm.Channel(i);
                double slope = (x[i] - norm.Mean[group]) / Math.Sqrt(norm.Variance[group] + Eps); // y is linear in its parameters
                expectedWeight[c] += dy[i] * slope;
                expectedBias[c] += dy[i];
                weightMagnitude[c] += Math.Abs(dy[i]) * (Math.Abs(slope) + 1);
                biasMagnitude[c] += Math.Abs(dy[i]);
            }
            BlockedLayout layout = new(g.Channels, g.Size, new Halo(1, 2, 1, 1)), to = new(g.Channels, g.Size, new Halo(0, 1, 2, 1));
            BlockedImages input = new(layout, g.Images, x), gradient = new(to, g.Images, dy);
            PinnedMemory gamma = new(weight);
            float* scale = affine ? gamma.Pointer : null;
            float[]? same = null;
            foreach (int threads in ThreadCounts)
            {
                string what = $"{threads} threads, {g}, affine {affine}";
                GroupNormImages numbers = Normalize<TSimd, TVector>(g, input, scale, null, threads, what);
                PinnedMemory sums = new(ChannelPartials.Length(g.Images, g.Channels)), weightGradient = new(before), biasGradient = new(g.Channels);
                BlockedImages inputGradient = new(layout, g.Images);
                BlockedGradient dz = new(gradient.View);
                for (int t = 0; t < threads; t++)
                {
                    BlockedChannelSums<TSimd, TVector>.Sum(g.Images, dz, input.View, numbers.Channels.Mean, default, sums.Pointer, new WorkShare(t, threads),
                        numbers.Channels.ImageStride);
                }
                for (int t = 0; t < threads; t++)
                {
                    numbers.Differentiate(g.Size, sums.Pointer, scale, adds: true, weightGradient.Pointer, null, new WorkShare(t, threads));
                    numbers.Differentiate(g.Size, sums.Pointer, scale, adds: false, null, biasGradient.Pointer, new WorkShare(t, threads));
                }
                for (int t = 0; t < threads; t++)
                    BlockedBatchNorm<TSimd, TVector>.Backward(g.Images, dz, input.View, numbers.Channels, inputGradient.View, new WorkShare(t, threads));

                float[] dx = inputGradient.WrittenWithHalo(what);
                Close.AssertSameBits(dx, same ??= dx, what);
                // Differences are off by less than 1e-7 here; float32 sums of up to 20 values per plane, with terms below 10, by 30 roundings.
                Close.AssertWithin(dx, expected, [.. expected.Select(_ => 1.0)], 2e-5, $"{what}, dx");
                double depth = (g.Size.Height + g.Size.Width + 6) * Close.UnitRoundoff;
                Close.AssertWithin(biasGradient.Span, expectedBias, biasMagnitude, depth, $"{what}, bias");
                Close.AssertWithin(weightGradient.Span, expectedWeight, weightMagnitude, depth, $"{what}, weight");
            }
        }

        /// <summary>d(sum of dy * norm(x)) / dx by central differences; a value affects the outputs of its group.</summary>
        private double[] Differences(float[] x, float[] dy, float[] weight)
        {
            const double Step = 1e-4;
            double[] result = new double[x.Length], moved = Array.ConvertAll(x, value => (double)value);
            for (int i = 0; i < x.Length; i++)
            {
                double value = moved[i];
                moved[i] = value + Step;
                double above = Loss(moved, dy, weight, i);
                moved[i] = value - Step;
                result[i] = (above - Loss(moved, dy, weight, i)) / (2 * Step);
                moved[i] = value;
            }
            return result;
        }

        /// <summary>The part of the loss that depends on one value: its group's.</summary>
        private double Loss(double[] x, float[] dy, float[] weight, int moved)
        {
            int first = moved / g.GroupLength * g.GroupLength;
            ReadOnlySpan<double> group = x.AsSpan(first, g.GroupLength);
            ReferenceBatchNorm norm = new(1, 1, (1, g.GroupLength), group, Eps);
            double loss = 0, reciprocal = 1 / Math.Sqrt(norm.Variance[0] + Eps);
            for (int i = 0; i < group.Length; i++) loss += dy[first + i] * (group[i] - norm.Mean[0]) * reciprocal * weight[g.Channel(first + i)];
            return loss;
        }
    }
}
