using NUnit.Framework;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Elementwise;

/// <summary>A concatenation has its operands' channels in order, and each operand gets the gradients of its own channels.</summary>
public sealed class BlockedConcatTests
{
    private const int Images = 2;

    private static readonly Size2D Size = (3, 5);

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void CopiesChannelsAndTheirGradients(SimdPath path)
    {
        foreach (int[] channels in (int[][])[[16, 32], [16, 3], [8, 24, 5], [4, 4, 20, 7], [3, 18, 40], [33, 16, 1], [12, 20, 16], [19]])
            SimdDispatch.Run(path, new Comparison(channels));
    }

    private readonly struct Comparison(int[] channels) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            int all = channels.Sum();
            float[] expected = Numbers.Random(Images * all * Size.Area, 1), dy = Numbers.Random(expected.Length, 2);
            BlockedLayout to = new(all, Size, new Halo(0, 1, 2, 1));
            BlockedImages gradient = new(new BlockedLayout(all, Size, new Halo(1, 0, 0, 2)), Images, dy);
            foreach (int threads in (int[])[1, 2, 3, 5])
            {
                string what = $"{threads} threads, {string.Join(" + ", channels)} channels";
                BlockedImages output = new(to, Images);
                int first = 0;
                foreach (int count in channels)
                {
                    BlockedLayout from = new(count, Size, new Halo(1, 2, 1, 1));
                    BlockedImages input = new(from, Images, Part(expected, all, first, count)), inputGradient = new(from, Images);
                    for (int t = 0; t < threads; t++)
                    {
                        WorkShare share = new(t, threads);
                        BlockedConcat<TSimd, TVector>.Run(Images, input.View, first, output.View, share);
                        BlockedConcat<TSimd, TVector>.Gradient(Images, new BlockedGradient(gradient.View), first, inputGradient.View, share);
                    }
                    Close.AssertSameBits(inputGradient.WrittenWithHalo(what), Part(dy, all, first, count), what);
                    first += count;
                }
                Close.AssertSameBits(output.Written(what), expected, what);
            }
        }

        /// <summary>Some channels of NCHW images.</summary>
        private static float[] Part(float[] images, int all, int first, int count) => [.. Enumerable.Range(0, Images)
            .SelectMany(n => images.Skip((n * all + first) * Size.Area).Take(count * Size.Area))];
    }
}
