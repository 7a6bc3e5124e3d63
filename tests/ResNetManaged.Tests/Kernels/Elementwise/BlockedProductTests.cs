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
    public void PlanesAreScaledByNumbersInEitherFormat(SimdPath path)
    {
        foreach ((int images, int channels, Size2D size) in Sizes)
            foreach (bool features in (bool[])[false, true]) SimdDispatch.Run(path, new Scaled(images, channels, size, features));
    }

    /// <summary>The numbers of the planes as images of one pixel, or as blocked features, whose pixels are the images.</summary>
    private static (BlockedImages Memory, ChannelFactors Factors) Factors(int images, int channels, bool features, float[]? values)
    {
        if (!features)
        {
            BlockedLayout pixels = new(channels, (1, 1), new Halo(1, 1, 0, 2));
            BlockedImages one = values is null ? new(pixels, images) : new(pixels, images, values);
            return (one, ChannelFactors.OfImages(one.View));
        }
        BlockedLayout rows = new(channels, (1, images), default);
        BlockedImages matrix = values is null ? new(rows, 1) : new(rows, 1, Transposed(values, images, channels));
        return (matrix, ChannelFactors.OfFeatures(matrix.View));
    }

    private static float[] Transposed(float[] values, int rows, int columns)
    {
        float[] result = new float[values.Length];
        for (int i = 0; i < values.Length; i++) result[i % columns * rows + i / columns] = values[i];
        return result;
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

    private readonly struct Scaled(int images, int channels, Size2D size, bool features) : ISimdAction
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
            BlockedImages input = new(a, images, x), gradient = new(b, images, dy);
            (_, ChannelFactors factors) = Factors(images, channels, features, s);
            float[]? same = null;
            foreach (int threads in ThreadCounts)
            {
                string what = $"{threads} threads, {images} images of {channels} channels, {size}, features {features}";
                BlockedImages output = new(b, images), inputGradient = new(a, images);
                (BlockedImages factorMemory, ChannelFactors factorGradients) = Factors(images, channels, features, null);
                for (int t = 0; t < threads; t++)
                {
                    WorkShare share = new(t, threads);
                    BlockedProduct<TSimd, TVector>.Scale(images, input.View, factors, output.View, share);
                    BlockedProduct<TSimd, TVector>.ScaleGradient(images, new BlockedGradient(gradient.View), input.View, factors, inputGradient.View,
                        factorGradients, share);
                }
                Close.AssertSameBits(output.Written(what), product, what);
                Close.AssertSameBits(inputGradient.WrittenWithHalo(what), leftGradient, what);
                float[] ds = factorMemory.Written(what);
                if (features) ds = Transposed(ds, channels, images);
                Close.AssertSameBits(ds, same ??= ds, what);
                Close.AssertWithin(ds, sums.Value, sums.Magnitude, Close.SumTolerance(size.Height + size.Width), what);
            }

            (BlockedImages alone, ChannelFactors onlyFactors) = Factors(images, channels, features, null);
            BlockedProduct<TSimd, TVector>.ScaleGradient(images, new BlockedGradient(gradient.View), input.View, factors, default, onlyFactors, WorkShare.All);
            float[] withoutInput = alone.Written("ds alone");
            Close.AssertSameBits(features ? Transposed(withoutInput, channels, images) : withoutInput, same, "ds alone");
            BlockedProduct<TSimd, TVector>.ScaleGradient(images, new BlockedGradient(gradient.View), input.View, factors, gradient.View, default, WorkShare.All);
            Close.AssertSameBits(gradient.WrittenWithHalo("dx over dy"), leftGradient, "dx over dy");
        }
    }
}
