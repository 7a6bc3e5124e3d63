using NUnit.Framework;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Convolution.Winograd;

public sealed class WinogradWeightGradientTests
{
    private const int Seed = 1510;

    private static readonly int[] ThreadCounts = [1, 2, 3, 7];

    private static ConvGeometry Geometry(int batch, int inChannels, Size2D input, int outChannels, int padding = 1) =>
        new(batch, inChannels, input, outChannels, 3, 1, padding, 1, 1);

    [Test]
    public void EqualsTheDefinitionForRandomGeometries([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values(2, 4)] int tile)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        for (int i = 0; i < 16; i++)
        {
            int padding = random.Next(3), least = padding == 0 ? 3 : 1;
            Size2D input = (random.Next(least, 20), random.Next(least, 20));
            Check(path, tile, Geometry(random.Next(1, 4), random.Next(1, 40), input, random.Next(1, 70), padding), block: random.Next(1, 30));
        }
    }

    [Test]
    public void ThreadsThatDividePanelsGiveTheSameBits([Values(2, 4)] int tile, [Values(2, 60)] int block) =>
        // Too many weights for partial sums over the batch; a few tiles at a time, or all at once.
        Check(SimdDispatch.Resolve(SimdPath.Auto), tile, Geometry(1, 80, (7, 9), 96), block);

    [Test]
    public void ErrorsOfRandomDataGrowAsInTheForwardPass([Values(2, 4)] int tile)
    {
        ConvGeometry g = Geometry(2, 16, 28, 16);
        float[] x = Numbers.Random(g.InputLength, Seed), dy = Numbers.Random(g.OutputLength, Seed + 1);
        double[] exact = ReferenceConvGradient.Weight(g, x, dy).Value;
        double rms = Math.Sqrt(exact.Average(value => value * value));
        float[] actual = Run(SimdDispatch.Resolve(SimdPath.Auto), tile, g, x, dy, block: 64, threads: 1);
        double error = Math.Sqrt(actual.Select((value, i) => Math.Pow(value - exact[i], 2)).Average()) / rms;
        TestContext.Out.WriteLine($"F({tile}x{tile}): root mean square error {error:E1} of the gradient's, largest "
            + $"{actual.Select((value, i) => Math.Abs(value - exact[i])).Max() / rms:E1}");
        // Independent roundings: sqrt(terms) u for the definition's sums over one chunk, times the growth that the same three matrices cause in the outputs.
        WinogradBound bound = Bound(tile);
        Assert.That(error, Is.LessThanOrEqualTo(bound.Growth * Math.Sqrt(g.Batch * g.Output.Area) * Close.UnitRoundoff));
    }

    private static WinogradBound Bound(int tile) => tile == 2 ? WinogradBound.F2 : WinogradBound.F4;

    private static void Check(SimdPath path, int tile, ConvGeometry g, int block)
    {
        string what = $"{path}, F({tile}x{tile}), blocks of {block}, {g}";
        float[] x = Numbers.Random(g.InputLength, 1), dy = Numbers.Random(g.OutputLength, 2);
        ReferenceSum expected = Bound(tile).WeightGradient(g, x, dy);
        int tiles = g.Batch * ((g.Output.Height + tile - 1) / tile) * ((g.Output.Width + tile - 1) / tile);
        float[] one = Run(path, tile, g, x, dy, block, threads: 1);
        Close.AssertWithin(one, expected.Value, expected.Magnitude, Bound(tile).WeightTolerance(tiles), what);
        foreach (int threads in ThreadCounts) Close.AssertSameBits(Run(path, tile, g, x, dy, block, threads), one, $"{threads} threads, {what}");
    }

    private static float[] Run(SimdPath path, int tile, ConvGeometry g, float[] x, float[] dy, int block, int threads)
    {
        float[] result = new float[g.WeightLength];
        if (tile == 2) SimdDispatch.Run(path, new Computation<WinogradF2>(g, x, dy, block, threads, result));
        else SimdDispatch.Run(path, new Computation<WinogradF4>(g, x, dy, block, threads, result));
        return result;
    }

    private readonly unsafe struct Computation<TTransform>(ConvGeometry g, float[] x, float[] dy, int block, int threads, float[] result) : ISimdAction
        where TTransform : struct, IWinogradGradient
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            string what = $"{g}, {threads} threads";
            Halo read = WinogradSizes.InputHalo<TTransform>(g);
            BlockedLayout from = new(g.InChannels, g.Input, BlockedImages.Wider(read)), of = new(g.OutChannels, g.Output, new Halo(1, 2, 0, 1));
            BlockedImages input = new(from, g.Batch, x, read), gradient = new(of, g.Batch, dy);
            WinogradWeightGradient<TSimd, TVector, TTransform> kernel = new(g, from, of, block);
            kernel.Prepare();
            PinnedMemory sum = new(result.Length), added = new(Numbers.Random(result.Length, 3)), scratch = new(kernel.ScratchLength(threads));
            float[] before = [.. added.Span];
            foreach (PinnedMemory memory in (PinnedMemory[])[sum, added])
            {
                bool accumulate = memory == added;
                for (int t = 0; t < threads; t++)
                    kernel.Run(input.Pointer, gradient.Pointer, memory.Pointer, accumulate, scratch.Pointer, new WorkShare(t, threads));
                for (int t = 0; t < threads; t++) kernel.Finish(memory.Pointer, accumulate, scratch.Pointer, new WorkShare(t, threads));
                memory.AssertIntact(what);
                scratch.AssertIntact(what);
            }
            for (int i = 0; i < before.Length; i++) Assert.That(added.Span[i], Is.EqualTo(before[i] + sum.Span[i]), $"element {i}, {what}");
            sum.Span.CopyTo(result);
        }
    }
}
