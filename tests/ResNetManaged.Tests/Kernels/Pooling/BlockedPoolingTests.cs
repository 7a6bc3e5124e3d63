using NUnit.Framework;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Pooling;

public sealed class BlockedPoolingTests
{
    private const int Seed = 78;

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void MaximumEqualsTheDefinition(SimdPath path)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        for (int i = 0; i < 100; i++) SimdDispatch.Run(path, new Maximum(Draw(random, (random.Next(1, 3), random.Next(1, 3)))));
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void TheMeanOfAWindowEqualsTheDefinition(SimdPath path)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        PoolGeometry downsampling = new(2, 33, (7, 9), kernel: 2, stride: 2, padding: 0, dilation: 1, ceilMode: true); // ResNet-D's
        SimdDispatch.Run(path, new WindowMean(downsampling, countIncludePad: false));
        for (int i = 0; i < 60; i++) SimdDispatch.Run(path, new WindowMean(Draw(random, dilation: 1), random.Next(2) == 1));
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void ThePlaneMeanEqualsTheDefinition(SimdPath path)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        for (int i = 0; i < 40; i++)
            SimdDispatch.Run(path, new Mean(random.Next(1, 5), random.Next(1, 50), (random.Next(1, 12), random.Next(1, 12))));
    }

    private static PoolGeometry Draw(Random random, Size2D dilation)
    {
        Size2D kernel = (random.Next(1, 6), random.Next(1, 6));
        Size2D span = ((kernel.Height - 1) * dilation.Height + 1, (kernel.Width - 1) * dilation.Width + 1);
        return new PoolGeometry(random.Next(1, 4), random.Next(1, 40), (span.Height + random.Next(0, 10), span.Width + random.Next(0, 12)), kernel,
            (random.Next(1, 5), random.Next(1, 5)), RandomPadding.Next(random, span.Height / 2, span.Width / 2), dilation, random.Next(2) == 1);
    }

    private readonly unsafe struct Maximum(PoolGeometry g) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(g.InputLength, 1);
            x[x.Length / 2] = float.NaN;
            BlockedLayout from = new(g.Channels, g.Input, new Halo(1, 2, 1, 1)), to = new(g.Channels, g.Output, new Halo(0, 1, 2, 1));
            BlockedImages input = new(from, g.Batch, x);
            BlockedMaxPool<TSimd, TVector> kernel = new(g, from, to);
            double[] expected = ReferencePool.Max(g, x);
            foreach (int threads in (int[])[1, 2, 3, 5])
            {
                BlockedImages output = new(to, g.Batch);
                for (int thread = 0; thread < threads; thread++) kernel.Run(input.Pointer, output.Pointer, new WorkShare(thread, threads));
                string what = $"{threads} threads, {g}";
                Close.AssertWithin(output.Written(what), expected, new double[expected.Length], 0, what); // a maximum is exact
            }
        }
    }

    private readonly unsafe struct WindowMean(PoolGeometry g, bool countIncludePad) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(g.InputLength, 1);
            BlockedLayout from = new(g.Channels, g.Input, new Halo(1, 2, 1, 1)), to = new(g.Channels, g.Output, new Halo(0, 1, 2, 1));
            BlockedImages input = new(from, g.Batch, x);
            BlockedAveragePool<TSimd, TVector> kernel = new(g, countIncludePad, from, to);
            ReferenceSum expected = ReferencePool.Average(g, countIncludePad, x);
            float[]? same = null;
            foreach (int threads in (int[])[1, 2, 3, 5])
            {
                BlockedImages output = new(to, g.Batch);
                for (int thread = 0; thread < threads; thread++) kernel.Run(input.Pointer, output.Pointer, new WorkShare(thread, threads));
                string what = $"{threads} threads, {g}, padding counts {countIncludePad}";
                float[] y = output.Written(what);
                Close.AssertSameBits(y, same ??= y, what);
                // Each pixel passes through the additions of its row and of the rows, then the roundings of the factor and the product.
                Close.AssertWithin(y, expected.Value, expected.Magnitude, (g.Kernel.Height + g.Kernel.Width + 2) * Close.UnitRoundoff, what);
            }
        }
    }

    private readonly unsafe struct Mean(int images, int channels, Size2D size) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(images * channels * size.Area, 1);
            ReferenceSum expected = new(channels * images); // blocked features are one image of one row: [C][N]
            for (int n = 0; n < images; n++)
                for (int c = 0; c < channels; c++)
                    for (int i = 0; i < size.Area; i++) expected.Add(c * images + n, x[(n * channels + c) * size.Area + i] / (double)size.Area);

            BlockedLayout from = new(channels, size, new Halo(1, 2, 1, 1)), to = new(channels, (1, images), default);
            BlockedImages input = new(from, images, x);
            BlockedGlobalPool<TSimd, TVector> kernel = new(images, from, new PixelOfImage(to, areFeatures: true));
            foreach (int threads in (int[])[1, 2, 3, 5])
            {
                BlockedImages output = new(to, 1);
                for (int thread = 0; thread < threads; thread++) kernel.Run(input.Pointer, output.Pointer, new WorkShare(thread, threads));
                string what = $"{threads} threads, {images} images of {channels} channels, {size}";
                // See WindowMean.
                Close.AssertWithin(output.Written(what), expected.Value, expected.Magnitude, (size.Height + size.Width + 2) * Close.UnitRoundoff, what);
            }
        }
    }

}
