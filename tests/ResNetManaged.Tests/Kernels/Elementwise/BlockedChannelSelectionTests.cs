using NUnit.Framework;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Elementwise;

/// <summary>Channels are copied from wherever they are said to come from, and -1 gives zeros.</summary>
public sealed class BlockedChannelSelectionTests
{
    private const int Images = 2;

    private static readonly Size2D Size = (3, 5);

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void CopiesAnyChannels(SimdPath path)
    {
        Random random = new(3);
        Check(path, 40, [.. Enumerable.Range(0, 40)]);
        Check(path, 40, [.. Enumerable.Range(16, 16)]); // a block
        Check(path, 40, [.. Enumerable.Range(13, 20)]); // parts of blocks
        Check(path, 40, [.. Enumerable.Range(0, 40).Select(c => c % 2 * 20 + c / 2)]); // two groups
        Check(path, 48, [.. Enumerable.Range(0, 48).Select(c => c % 6 * 8 + c / 6)]); // six groups
        Check(path, 7, [6]);
        Check(path, 5, [-1, 2, -1, 0]);
        Check(path, 3, [.. Enumerable.Repeat(-1, 20)]); // blocks without any source
        for (int i = 0; i < 10; i++)
        {
            int channels = random.Next(1, 70);
            Check(path, channels, [.. Enumerable.Range(0, random.Next(1, 70)).Select(_ => random.Next(-1, channels))]);
        }
    }

    private static void Check(SimdPath path, int channels, int[] sources) => SimdDispatch.Run(path, new Comparison(channels, sources));

    private readonly unsafe struct Comparison(int channels, int[] sources) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(Images * channels * Size.Area, 1), expected = new float[Images * sources.Length * Size.Area];
            x[^1] = float.NaN; // must not spread to other lanes
            for (int i = 0; i < expected.Length; i++)
            {
                (int image, int place) = Math.DivRem(i, sources.Length * Size.Area);
                int source = sources[place / Size.Area];
                expected[i] = source < 0 ? 0 : x[(image * channels + source) * Size.Area + place % Size.Area];
            }
            BlockedLayout from = new(channels, Size, new Halo(1, 2, 1, 1)), to = new(sources.Length, Size, new Halo(0, 1, 2, 1));
            BlockedImages input = new(from, Images, x);
            BlockedChannelSelection<TSimd, TVector> kernel = new(Images, sources, from, to);
            foreach (int threads in (int[])[1, 2, 3, 5])
            {
                BlockedImages output = new(to, Images);
                for (int t = 0; t < threads; t++) kernel.Run(input.Pointer, output.Pointer, new WorkShare(t, threads));
                string what = $"{threads} threads, {string.Join(", ", sources)} of {channels}";
                Close.AssertSameBits(output.Written(what), expected, what);
            }
        }
    }
}
