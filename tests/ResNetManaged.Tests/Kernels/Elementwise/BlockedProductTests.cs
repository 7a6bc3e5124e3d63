using NUnit.Framework;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Elementwise;

/// <summary>Products of blocked activations, and their gradients, equal the definition.</summary>
public sealed class BlockedProductTests
{
    private static readonly int[] ThreadCounts = [1, 2, 3, 5];

    private static readonly (int Images, int Channels, Size2D Size)[] Sizes =
        [(1, 16, (1, 1)), (2, 3, (5, 4)), (3, 40, (3, 7)), (1, 33, (1, 13)), (4, 17, (8, 1))];

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void ElementwiseProductsAndTheirGradientsAreExactlyRounded(SimdPath path)
    {
        foreach ((int images, int channels, Size2D size) in Sizes) SimdDispatch.Run(path, new Elementwise(images, channels, size));
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void PlanesAreScaledByOneFactorEach(SimdPath path)
    {
        foreach ((int images, int channels, Size2D size) in Sizes) SimdDispatch.Run(path, new Scaled(images, channels, size));
    }

    private readonly struct Elementwise(int images, int channels, Size2D size) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(images * channels * size.Area, 1), z = Numbers.Random(x.Length, 2), dy = Numbers.Random(x.Length, 3);
            BlockedLayout a = new(channels, size, new Halo(1, 2, 1, 1)), b = new(channels, size, new Halo(0, 1, 2, 1)), c = new(channels, size, default);
            BlockedImages left = new(a, images, x), right = new(b, images, z), gradient = new(c, images, dy);
            float[] product = [.. x.Zip(z, (p, q) => p * q)], leftGradient = [.. dy.Zip(z, (p, q) => p * q)];
            foreach (int threads in ThreadCounts)
            {
                string what = $"{threads} threads, {images} images of {channels} channels, {size}";
                BlockedImages output = new(b, images), inputGradient = new(a, images);
                for (int t = 0; t < threads; t++)
                {
                    WorkShare share = new(t, threads);
                    BlockedProduct<TSimd, TVector>.Multiply(images, left.View, right.View, output.View, share);
                    BlockedProduct<TSimd, TVector>.MultiplyGradient(images, new BlockedGradient(gradient.View), right.View, inputGradient.View, share);
                }
                Close.AssertSameBits(output.Written(what), product, what);
                Close.AssertSameBits(inputGradient.WrittenWithHalo(what), leftGradient, what);
            }
            BlockedProduct<TSimd, TVector>.MultiplyGradient(images, new BlockedGradient(gradient.View), right.View, gradient.View, WorkShare.All);
            Close.AssertSameBits(gradient.WrittenWithHalo("dx over dy"), leftGradient, "dx over dy");
        }
    }

    private readonly struct Scaled(int images, int channels, Size2D size) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            int area = size.Area;
            float[] x = Numbers.Random(images * channels * area, 1), s = Numbers.Random(images * channels, 2), dy = Numbers.Random(x.Length, 3);
            float[] product = new float[x.Length], leftGradient = new float[x.Length];
            ReferenceSum sums = new(s.Length);
            for (int i = 0; i < x.Length; i++)
            {
                product[i] = x[i] * s[i / area];
                leftGradient[i] = dy[i] * s[i / area];
                sums.Add(i / area, dy[i] * (double)x[i]);
            }
            BlockedLayout a = new(channels, size, new Halo(1, 2, 1, 1)), b = new(channels, size, new Halo(0, 1, 2, 1));
            BlockedLayout pixels = new(channels, (1, 1), new Halo(1, 1, 0, 2));
            BlockedImages input = new(a, images, x), gradient = new(b, images, dy), factors = new(pixels, images, s);
            float[]? same = null;
            foreach (int threads in ThreadCounts)
            {
                string what = $"{threads} threads, {images} images of {channels} channels, {size}";
                BlockedImages output = new(b, images), inputGradient = new(a, images), factorGradients = new(pixels, images);
                for (int t = 0; t < threads; t++)
                {
                    WorkShare share = new(t, threads);
                    BlockedProduct<TSimd, TVector>.Scale(images, input.View, factors.View, default, false, output.View, share);
                    BlockedProduct<TSimd, TVector>.ScaleGradient(images, new BlockedGradient(gradient.View), input.View, factors.View, inputGradient.View,
                        factorGradients.View, share);
                }
                Close.AssertSameBits(output.Written(what), product, what);
                Close.AssertSameBits(inputGradient.WrittenWithHalo(what), leftGradient, what);
                float[] ds = factorGradients.WrittenWithHalo(what);
                Close.AssertSameBits(ds, same ??= ds, what);
                Close.AssertWithin(ds, sums.Value, sums.Magnitude, Close.SumTolerance(size.Height + size.Width), what);
            }

            float[] z = Numbers.Random(x.Length, 4);
            BlockedImages residual = new(a, images, z), fused = new(b, images);
            BlockedProduct<TSimd, TVector>.Scale(images, input.View, factors.View, residual.View, true, fused.View, WorkShare.All);
            Close.AssertSameBits(fused.Written("fused"), [.. product.Zip(z, (scaled, added) => Math.Max(scaled + added, 0))], "fused");

            BlockedImages alone = new(pixels, images);
            BlockedProduct<TSimd, TVector>.ScaleGradient(images, new BlockedGradient(gradient.View), input.View, factors.View, default, alone.View, WorkShare.All);
            Close.AssertSameBits(alone.WrittenWithHalo("ds alone"), same, "ds alone");
            BlockedProduct<TSimd, TVector>.ScaleGradient(images, new BlockedGradient(gradient.View), input.View, factors.View, gradient.View, default, WorkShare.All);
            Close.AssertSameBits(gradient.WrittenWithHalo("dx over dy"), leftGradient, "dx over dy");
        }
    }
}
