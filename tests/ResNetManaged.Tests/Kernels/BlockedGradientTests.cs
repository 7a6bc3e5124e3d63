using NUnit.Framework;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Linear;
using ResNetManaged.Kernels.Normalization;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels;

/// <summary>The gradients of pooling, ReLU, sums, biases and linear layers on blocked activations match their definitions.</summary>
public sealed class BlockedGradientTests
{
    private const int Seed = 79;

    private static readonly int[] ThreadCounts = [1, 2, 3, 5];

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void AWindowsGradientGoesToItsFirstMaximum(SimdPath path)
    {
        foreach (PoolGeometry geometry in Geometries(60, dilated: true)) SimdDispatch.Run(path, new Maximum(geometry));
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void AWindowsGradientIsSplitAmongItsPixels(SimdPath path)
    {
        foreach (PoolGeometry geometry in Geometries(40, dilated: false))
        {
            SimdDispatch.Run(path, new Average(geometry, CountIncludePad: false));
            SimdDispatch.Run(path, new Average(geometry, CountIncludePad: true));
        }
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void APlanesGradientIsSplitAmongItsPixels(SimdPath path)
    {
        foreach ((int images, int channels, Size2D size) in Sizes()) SimdDispatch.Run(path, new GlobalAverage(images, channels, size));
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void GradientsOfTwoReadersAreAddedAndMasked(SimdPath path)
    {
        foreach ((int images, int channels, Size2D size) in Sizes())
            for (int parts = 0; parts < 4; parts++) SimdDispatch.Run(path, new Sum(images, channels, size, (parts & 1) != 0, (parts & 2) != 0));
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void ABiasGradientIsTheSumOverAllPixels(SimdPath path)
    {
        foreach ((int images, int channels, Size2D size) in Sizes()) SimdDispatch.Run(path, new Bias(images, channels, size));
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void TheWeightGradientOfALinearLayerEqualsTheDefinition(SimdPath path)
    {
        foreach ((int rows, int inputs, int outputs) in ((int, int, int)[])[(1, 1, 1), (3, 16, 8), (5, 33, 17), (16, 48, 10), (7, 5, 31)])
            SimdDispatch.Run(path, new LinearWeights(rows, inputs, outputs));
    }

    [Test]
    public unsafe void ZeroPaddingPassesGradientsToTheSampledPixels([Values(1, 3, 4, 16, 18, 32)] int channels, [Values(0, 1, 3, 16, 24, 32)] int more,
        [Values(1, 2, 3)] int stride)
    {
        const int Images = 2;
        Size2D to = (7, 10), step = (stride, stride + 1);
        Size2D from = ((to.Height - 1) / step.Height + 1, (to.Width - 1) / step.Width + 1);
        int all = channels + more, shift = more / 2;
        float[] dy = Numbers.Random(Images * all * from.Area, 1), expected = new float[Images * channels * to.Area];
        for (int n = 0; n < Images; n++)
            for (int c = 0; c < channels; c++)
                for (int h = 0; h < from.Height; h++)
                    for (int w = 0; w < from.Width; w++)
                    {
                        expected[((n * channels + c) * to.Height + h * step.Height) * to.Width + w * step.Width] =
                            dy[((n * all + c + shift) * from.Height + h) * from.Width + w];
                    }
        BlockedLayout layout = new(channels, to, new Halo(1, 2, 1, 1));
        BlockedImages gradient = new(new BlockedLayout(all, from, new Halo(0, 1, 2, 1)), Images, dy);
        foreach (int threads in ThreadCounts)
        {
            BlockedImages inputGradient = new(layout, Images);
            for (int t = 0; t < threads; t++) BlockedZeroPadGradient.Run(Images, step, gradient.View, inputGradient.View, new WorkShare(t, threads));
            Close.AssertSameBits(inputGradient.WrittenWithHalo("dx"), expected, $"{threads} threads"); // no arithmetic
        }
    }

    private static IEnumerable<(int Images, int Channels, Size2D Size)> Sizes() =>
        [(1, 16, (1, 1)), (2, 3, (5, 4)), (3, 40, (3, 7)), (1, 33, (1, 13)), (4, 17, (8, 1))];

    private static IEnumerable<PoolGeometry> Geometries(int count, bool dilated)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        yield return new PoolGeometry(2, 20, (9, 8), kernel: 3, stride: 2, padding: 1, dilation: 1, ceilMode: false); // the stem's
        for (int i = 0; i < count; i++)
        {
            Size2D kernel = (random.Next(1, 6), random.Next(1, 6)), dilation = dilated ? (random.Next(1, 3), random.Next(1, 3)) : 1;
            Size2D span = ((kernel.Height - 1) * dilation.Height + 1, (kernel.Width - 1) * dilation.Width + 1);
            yield return new PoolGeometry(random.Next(1, 4), random.Next(1, 40), (span.Height + random.Next(0, 8), span.Width + random.Next(0, 9)), kernel,
                (random.Next(1, 5), random.Next(1, 5)), RandomPadding.Next(random, span.Height / 2, span.Width / 2), dilation,
                random.Next(2) == 1);
        }
    }

    private readonly unsafe struct Maximum(PoolGeometry g) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = [.. Numbers.Random(g.InputLength, 1).Select(value => MathF.Round(value * 2))]; // five distinct values: many windows have several maxima
            float[] y = Array.ConvertAll(ReferencePool.Max(g, x), value => (float)value);
            float[] dy = Numbers.Random(g.OutputLength, 2), more = Numbers.Random(g.OutputLength, 3);
            ReferenceSum expected = new(g.InputLength);
            for (int i = 0; i < g.OutputLength; i++) expected.Add(FirstMaximum(x, i), dy[i] + (double)more[i]);

            BlockedLayout from = new(g.Channels, g.Input, new Halo(1, 2, 1, 1)), to = new(g.Channels, g.Output, new Halo(0, 1, 2, 1));
            BlockedImages input = new(from, g.Batch, x), output = new(to, g.Batch, y), first = new(to, g.Batch, dy);
            BlockedImages second = new(new BlockedLayout(g.Channels, g.Output, default), g.Batch, more);
            float[]? same = null;
            foreach (int threads in ThreadCounts)
            {
                BlockedImages inputGradient = new(from, g.Batch);
                for (int t = 0; t < threads; t++)
                {
                    BlockedMaxPoolGradient<TSimd, TVector>.Run(g, input.View, output.View, new BlockedGradient(first.View, second.View), inputGradient.View,
                        new WorkShare(t, threads));
                }
                string what = $"{threads} threads, {g}";
                float[] dx = inputGradient.WrittenWithHalo(what);
                Close.AssertSameBits(dx, same ??= dx, what);
                // Terms may cancel although partial sums are as large as the terms; each of a pixel's windows adds one rounding.
                Close.AssertWithin(dx, expected.Value, [.. expected.Magnitude.Select(magnitude => magnitude + 2)], Close.SumTolerance(g.Kernel.Area), what);
            }
        }

        /// <summary>PyTorch's rule: the first maximum in row-major order.</summary>
        private int FirstMaximum(float[] x, int index)
        {
            (int rest, int ow) = Math.DivRem(index, g.Output.Width);
            (int plane, int oh) = Math.DivRem(rest, g.Output.Height);
            int found = -1;
            for (int kh = 0; kh < g.Kernel.Height; kh++)
                for (int kw = 0; kw < g.Kernel.Width; kw++)
                {
                    int h = oh * g.Stride.Height - g.Padding.Top + kh * g.Dilation.Height, w = ow * g.Stride.Width - g.Padding.Left + kw * g.Dilation.Width;
                    if (h < 0 || h >= g.Input.Height || w < 0 || w >= g.Input.Width) continue;
                    int candidate = (plane * g.Input.Height + h) * g.Input.Width + w;
                    if (found < 0 || x[candidate] > x[found]) found = candidate;
                }
            return found;
        }
    }

    private readonly unsafe record struct Average(PoolGeometry Geometry, bool CountIncludePad) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            PoolGeometry g = Geometry;
            float[] dy = Numbers.Random(g.OutputLength, 2);
            ReferenceSum expected = Definition(dy);
            BlockedLayout from = new(g.Channels, g.Input, new Halo(1, 2, 1, 1)), to = new(g.Channels, g.Output, new Halo(0, 1, 2, 1));
            BlockedImages gradient = new(to, g.Batch, dy);
            float[]? same = null;
            foreach (int threads in ThreadCounts)
            {
                BlockedImages inputGradient = new(from, g.Batch);
                for (int t = 0; t < threads; t++)
                {
                    BlockedAveragePoolGradient<TSimd, TVector>.Windows(g, CountIncludePad, new BlockedGradient(gradient.View), inputGradient.View,
                        new WorkShare(t, threads));
                }
                string what = $"{threads} threads, {g}, padding counts {CountIncludePad}";
                float[] dx = inputGradient.WrittenWithHalo(what);
                Close.AssertSameBits(dx, same ??= dx, what);
                Close.AssertWithin(dx, expected.Value, expected.Magnitude, Close.SumTolerance(g.Kernel.Area), what);
            }
        }

        /// <summary>The forward pass is linear: applying it to one pixel at a time gives its coefficients.</summary>
        private ReferenceSum Definition(float[] dy)
        {
            PoolGeometry g = Geometry, one = new(1, 1, g.Input, g.Kernel, g.Stride, g.Padding, g.Dilation, g.CeilMode);
            ReferenceSum result = new(g.InputLength);
            for (int pixel = 0; pixel < g.Input.Area; pixel++)
            {
                float[] alone = new float[g.Input.Area];
                alone[pixel] = 1;
                double[] coefficients = ReferencePool.Average(one, CountIncludePad, alone).Value;
                for (int plane = 0; plane < g.Planes; plane++)
                    for (int o = 0; o < coefficients.Length; o++)
                        result.Add(plane * g.Input.Area + pixel, coefficients[o] * dy[plane * g.Output.Area + o]);
            }
            return result;
        }
    }

    private readonly unsafe struct GlobalAverage(int images, int channels, Size2D size) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] dy = Numbers.Random(channels * images, 1); // blocked features are one image of one row: [C][N]
            double[] expected = new double[images * channels * size.Area];
            for (int i = 0; i < expected.Length; i++)
            {
                (int n, int c) = Math.DivRem(i / size.Area, channels);
                expected[i] = dy[c * images + n] / (double)size.Area;
            }
            BlockedLayout from = new(channels, size, new Halo(1, 2, 1, 1));
            BlockedImages gradient = new(new BlockedLayout(channels, (1, images), default), 1, dy);
            foreach (int threads in ThreadCounts)
            {
                BlockedImages inputGradient = new(from, images);
                for (int t = 0; t < threads; t++)
                    BlockedAveragePoolGradient<TSimd, TVector>.Global(images, gradient.Pointer, new PixelOfImage(gradient.View.Layout, areFeatures: true), inputGradient.View,
                         new WorkShare(t, threads));
                string what = $"{threads} threads, {images} images of {channels} channels, {size}";
                Close.AssertWithin(inputGradient.WrittenWithHalo(what), expected, [.. expected.Select(Math.Abs)], Close.SumTolerance(0), what);
            }
        }
    }

    private readonly unsafe struct Sum(int images, int channels, Size2D size, bool second, bool masked) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            int length = images * channels * size.Area;
            float[] dy = Numbers.Random(length, 1), more = Numbers.Random(length, 2), y = [.. Numbers.Random(length, 3).Select(value => MathF.Max(value, 0))];
            float[] expected = new float[length];
            for (int i = 0; i < length; i++) expected[i] = masked && !(y[i] > 0) ? 0f : second ? dy[i] + more[i] : dy[i];
            BlockedLayout a = new(channels, size, new Halo(1, 2, 1, 1)), b = new(channels, size, new Halo(0, 1, 2, 1)), c = new(channels, size, default);
            BlockedImages first = new(a, images, dy), other = new(b, images, more), activation = new(c, images, y);
            foreach (int threads in ThreadCounts)
            {
                BlockedImages target = new(b, images);
                BlockedGradient gradient = new(first.View, second ? other.View : default, masked ? activation.View : default);
                for (int t = 0; t < threads; t++) BlockedSum<TSimd, TVector>.Run(images, gradient, target.View, new WorkShare(t, threads));
                string what = $"{threads} threads, {images} images of {channels} channels, {size}, second {second}, masked {masked}";
                Close.AssertSameBits(target.WrittenWithHalo(what), expected, what); // one addition, rounded identically
            }
            BlockedSum<TSimd, TVector>.Run(images, new BlockedGradient(first.View, other.View), first.View, WorkShare.All);
            Close.AssertSameBits(first.WrittenWithHalo("in place"), [.. dy.Zip(more, (p, q) => p + q)], "in place");
        }
    }

    private readonly unsafe struct Bias(int images, int channels, Size2D size) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] dy = Numbers.Random(images * channels * size.Area, 1), before = Numbers.Random(channels, 2);
            ReferenceSum expected = new(channels);
            for (int c = 0; c < channels; c++) expected.Add(c, before[c]);
            for (int i = 0; i < dy.Length; i++) expected.Add(i / size.Area % channels, dy[i]);
            BlockedImages gradient = new(new BlockedLayout(channels, size, new Halo(1, 2, 1, 1)), images, dy);
            float[]? same = null;
            foreach (int threads in ThreadCounts)
            {
                string what = $"{threads} threads, {images} images of {channels} channels, {size}";
                PinnedMemory partials = new(ChannelPartials.Length(images, channels)), result = new(before);
                for (int t = 0; t < threads; t++)
                {
                    BlockedChannelSums<TSimd, TVector>.Sum(images, new BlockedGradient(gradient.View), default, null, default, partials.Pointer,
                        new WorkShare(t, threads));
                }
                for (int t = 0; t < threads; t++) ChannelPartials.ToBias(images, channels, partials.Pointer, adds: true, result.Pointer, new WorkShare(t, threads));
                partials.AssertIntact(what);
                result.AssertIntact(what);
                float[] bias = result.Span.ToArray();
                Close.AssertSameBits(bias, same ??= bias, what);
                // Each row of a plane is summed, then the rows' sums; everything else is double.
                Close.AssertWithin(bias, expected.Value, expected.Magnitude, Close.SumTolerance(size.Height + size.Width), what);
            }
        }
    }

    private readonly unsafe struct LinearWeights(int rows, int inputs, int outputs) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(inputs * rows, 1), dy = Numbers.Random(outputs * rows, 2), before = Numbers.Random(outputs * inputs, 3); // x is [in][N]
            BlockedImages input = new(new BlockedLayout(inputs, (1, rows), default), 1, x);
            BlockedImages gradient = new(new BlockedLayout(outputs, (1, rows), new Halo(0, 1, 0, 2)), 1, dy);
            foreach (bool adds in (bool[])[false, true])
            {
                ReferenceSum expected = new(outputs * inputs);
                for (int o = 0; o < outputs; o++)
                    for (int i = 0; i < inputs; i++)
                    {
                        if (adds) expected.Add(o * inputs + i, before[o * inputs + i]);
                        for (int n = 0; n < rows; n++) expected.Add(o * inputs + i, dy[o * rows + n] * (double)x[i * rows + n]);
                    }
                float[]? same = null;
                foreach (int threads in ThreadCounts)
                {
                    string what = $"{threads} threads, {rows} rows, {inputs} to {outputs}, adds {adds}";
                    PinnedMemory result = adds ? new PinnedMemory(before) : new PinnedMemory(before.Length);
                    for (int t = 0; t < threads; t++)
                        BlockedLinearGradient<TSimd, TVector>.Weights(gradient.View, input.View, adds, result.Pointer, new WorkShare(t, threads));
                    result.AssertIntact(what);
                    float[] weights = result.Span.ToArray();
                    Close.AssertSameBits(weights, same ??= weights, what);
                    Close.AssertWithin(weights, expected.Value, expected.Magnitude, Close.SumTolerance(rows + 1), what);
                }
            }
        }
    }
}
