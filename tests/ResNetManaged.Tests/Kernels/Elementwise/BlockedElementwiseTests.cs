using NUnit.Framework;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Elementwise;

public sealed class BlockedElementwiseTests
{
    private static readonly (int Images, int Channels, Size2D Size)[] Sizes = [(1, 16, (1, 1)), (2, 3, (5, 4)), (3, 40, (3, 7)), (1, 33, (1, 13))];

    [Test]
    public void EqualsTheDefinition([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values] bool scaled, [Values] bool added, [Values] bool relu)
    {
        foreach ((int images, int channels, Size2D size) in Sizes) SimdDispatch.Run(path, new Comparison(images, channels, size, scaled, added, relu));
    }

    [Test]
    public void ZeroPaddingAndSubsamplingEqualTheReferenceKernel(
        [Values(1, 3, 4, 16, 18, 32)] int channels, [Values(0, 1, 3, 16, 24, 32)] int more, [Values(1, 2, 3)] int stride)
    {
        const int Images = 2;
        Size2D from = (7, 10), step = (stride, stride + 1);
        Size2D to = ((from.Height - 1) / step.Height + 1, (from.Width - 1) / step.Width + 1);
        float[] x = Numbers.Random(Images * channels * from.Area, 1), expected = new float[Images * (channels + more) * to.Area];
        ZeroPadSubsample.Forward(Images, channels, channels + more, from, to, step, x, expected);
        BlockedLayout input = new(channels, from, new Halo(1, 2, 1, 1)), output = new(channels + more, to, new Halo(0, 1, 2, 1));
        BlockedImages source = new(input, Images, x);
        foreach (int threads in (int[])[1, 2, 3, 5]) CompareZeroPadding(step, input, output, source, expected, threads);
    }

    private static unsafe void CompareZeroPadding(Size2D stride, BlockedLayout input, BlockedLayout output, BlockedImages source, float[] expected, int threads)
    {
        const int Images = 2;
        BlockedImages target = new(output, Images);
        for (int thread = 0; thread < threads; thread++)
            new BlockedZeroPad(Images, stride, input, output).Run(source.Pointer, target.Pointer, new WorkShare(thread, threads));
        string what = $"{threads} threads, {input.Channels} to {output.Channels} channels, stride {stride}";
        Close.AssertSameBits(target.Written(what), expected, what); // no arithmetic
    }

    private readonly unsafe struct Comparison(int images, int channels, Size2D size, bool scaled, bool added, bool relu) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(images * channels * size.Area, 1), z = Numbers.Random(x.Length, 2);
            float[] scale = Numbers.Random(channels, 3), shift = Numbers.Random(channels, 4);
            x[0] = -0f;
            x[^1] = float.NaN;
            double[] expected = new double[x.Length], magnitude = new double[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                int c = i / size.Area % channels;
                double product = scaled ? x[i] * (double)scale[c] : x[i], first = scaled ? shift[c] : 0, second = added ? z[i] : 0;
                expected[i] = product + first + second;
                magnitude[i] = Math.Abs(product) + Math.Abs(first) + Math.Abs(second);
                if (relu && expected[i] < 0) expected[i] = 0;
            }
            BlockedLayout from = new(channels, size, new Halo(1, 2, 1, 1)), other = new(channels, size, new Halo(0, 1, 0, 0));
            BlockedLayout to = new(channels, size, new Halo(0, 1, 2, 1));
            BlockedImages input = new(from, images, x), summand = new(other, images, z);
            PinnedMemory factors = new(to.Blocks * ChannelBlock.Size), summands = new(to.Blocks * ChannelBlock.Size);
            factors.Span.Clear();
            summands.Span.Clear();
            scale.CopyTo(factors.Span);
            shift.CopyTo(summands.Span);
            BlockedElementwise<TSimd, TVector> kernel = new(images, from, other, to, relu);
            foreach (int threads in (int[])[1, 2, 3, 5])
            {
                BlockedImages output = new(to, images);
                for (int thread = 0; thread < threads; thread++)
                {
                    kernel.Run(input.Pointer, scaled ? factors.Pointer : null, scaled ? summands.Pointer : null, added ? summand.Pointer : null,
                        output.Pointer, new WorkShare(thread, threads));
                }
                string what = $"{threads} threads, {images} images of {channels} channels, {size}, scaled {scaled}, added {added}, ReLU {relu}";
                Close.AssertWithin(output.Written(what), expected, magnitude, Close.SumTolerance(1), what); // one product and two sums
            }
        }
    }
}
