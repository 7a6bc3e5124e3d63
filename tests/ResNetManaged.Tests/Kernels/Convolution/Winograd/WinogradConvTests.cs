using NUnit.Framework;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Kernels.Threading;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Convolution.Winograd;

public sealed class WinogradConvTests
{
    private const int Seed = 1509;

    private static readonly int[] ThreadCounts = [1, 2, 3, 5];

    private static ConvGeometry Geometry(int batch, int inChannels, Size2D input, int outChannels, int padding = 1, int groups = 1) =>
        new(batch, inChannels, input, outChannels, 3, 1, padding, 1, groups);

    [Test]
    public void EqualsTheDefinitionForRandomGeometries([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values(2, 4)] int tile)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        for (int i = 0; i < 30; i++)
        {
            int padding = random.Next(3);
            int least = padding == 0 ? 3 : 1;
            ConvGeometry geometry = Geometry(random.Next(1, 4), random.Next(1, 40), (random.Next(least, 31), random.Next(least, 31)), random.Next(1, 40), padding);
            Check(path, tile, geometry, random.Next(2) == 0, random.Next(2) == 0, block: random.Next(1, 30));
        }
    }

    [Test]
    public void GroupsEqualTheDefinition([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values(2, 4)] int tile)
    {
        Check(path, tile, Geometry(2, 64, (9, 14), 64, groups: 16), added: true, relu: true, block: 5); // as in ResNeXt
        Check(path, tile, Geometry(1, 96, 7, 96, groups: 3), added: false, relu: true, block: 4); // two blocks each
        Check(path, tile, Geometry(1, 30, (6, 11), 20, groups: 10), added: true, relu: false, block: 3); // of three, straddling blocks
        Check(path, tile, Geometry(1, 35, 5, 25, groups: 5), added: false, relu: false, block: 3); // of seven and five
        Check(path, tile, Geometry(2, 40, 8, 40, groups: 40), added: true, relu: true, block: 5); // depthwise
        Check(path, tile, Geometry(1, 20, 8, 40, groups: 20), added: false, relu: true, block: 7); // with a channel multiplier
        Check(path, tile, Geometry(2, 72, (9, 6), 72, groups: 9), added: true, relu: true, block: 20); // of eight
        Check(path, tile, Geometry(1, 34, (5, 9), 34, groups: 17), added: false, relu: true, block: 2); // of two
        Check(path, tile, Geometry(1, 96, (9, 13), 96, groups: 6), added: true, relu: true, block: 6); // a block each
    }

    [Test]
    public void OneGroupNarrowerThanAVectorEqualsTheDefinition([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values(1, 2, 4, 8)] int channels) =>
        Check(path, 4, Geometry(2, channels, (5, 9), channels), added: true, relu: false, block: 5);

    [Test]
    public void GroupsNarrowerThanAVectorGiveTheResultsOfWholeBlocks([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values(1, 2, 4, 8)] int group)
    {
        // The portable path has no permutation: it multiplies all channels of a block, with zeros for other groups.
        ConvGeometry g = Geometry(2, 40, (9, 14), 40, groups: 40 / group);
        float[] x = Numbers.Random(g.InputLength, 1), weight = Numbers.Random(g.WeightLength, 2), bias = Numbers.Random(g.OutChannels, 3);
        float[] expected = Run(SimdPath.Portable, 4, g, x, weight, bias, [], relu: false, block: 5, threads: 1);
        Close.AssertSameBits(Run(path, 4, g, x, weight, bias, [], relu: false, block: 5, threads: 1), expected, $"{path}, groups of {group}");
    }

    [Test]
    public void GroupsGiveTheSameBitsIfThreadsDividePanels(
        [ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values(2, 4)] int tile) =>
        // Fewer than eight tiles per thread: threads divide the panels of output channels.
        Check(path, tile, Geometry(1, 72, (4, 5), 72, groups: 18), added: true, relu: true, block: 3);

    [Test]
    public void ThreadsThatDividePanelsGiveTheSameBits([Values(2, 4)] int tile) =>
        // More than 3 MiB of weights with either transform: threads divide panels of output channels, not tiles.
        Check(SimdDispatch.Resolve(SimdPath.Auto), tile, Geometry(1, 272, (9, 10), 240), added: true, relu: true, block: 3);

    [Test]
    public void ThreadsThatDivideBlocksGiveTheSameBits([Values(2, 4)] int tile) =>
        // 28 tiles per thread for five threads.
        Check(SimdDispatch.Resolve(SimdPath.Auto), tile, Geometry(3, 16, (29, 30), 20), added: true, relu: false, block: 13);

    [Test]
    public void TheKernelTransformMatchesLavinAndGray()
    {
        Assert.That(WinogradF2.Kernel.ToArray(), Is.EqualTo(WinogradBound.F2.KernelTransform));
        Assert.That(WinogradF4.Kernel.ToArray(), Is.EqualTo(WinogradBound.F4.KernelTransform));
    }

    [Test]
    public void ErrorsStayBelowTheBoundFromTheMatrixNorms([Values(2, 4)] int tile, [Values(16, 256)] int channels)
    {
        ConvGeometry g = Geometry(1, channels, (17, 19), 16);
        (float[] y, _, ReferenceSum expected) = Compute(g, tile);
        WinogradBound bound = Bound(tile);
        // Data in [-1, 1): the definition's terms sum to at most 9 C, plus a bias of at most 1.
        double tolerance = bound.Tolerance(channels) * (bound.LargestGrowth * 9 * channels + 1);
        Assert.That(LargestError(y, expected), Is.LessThanOrEqualTo(tolerance));
        Assert.That(bound.LargestGrowth, Is.EqualTo(tile == 2 ? 9 : 36100.0 / 9).Within(1e-9));
    }

    [Test]
    public void ErrorsOfRandomDataStayBelowTheStatisticalBound([Values(2, 4)] int tile, [Values(16, 64, 256)] int channels)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        ConvGeometry g = Geometry(1, channels, 24, 32);
        (float[] winograd, float[] direct, ReferenceSum expected) = Compute(g, tile);
        double ratio = MeanError(winograd, expected) / MeanError(direct, expected);
        double largest = LargestError(winograd, expected) / LargestError(direct, expected);
        TestContext.Out.WriteLine($"F({tile}x{tile}), {channels} channels: errors {ratio:F2} times as large on average, {largest:F2} at most");
        Assert.That(ratio, Is.LessThanOrEqualTo(Bound(tile).MeanGrowth));
        Assert.That(largest, Is.LessThanOrEqualTo(Bound(tile).Growth));
    }

    [Test]
    public void PaddingIsZeroEvenNextToNaN([Values(2, 4)] int tile)
    {
        // A NaN spreads only to the tiles that read its pixel; the padding around it stays zero.
        ConvGeometry g = Geometry(1, 16, 16, 16);
        float[] x = Numbers.Random(g.InputLength, 1);
        x[0] = float.NaN;
        float[] y = Run(SimdDispatch.Resolve(SimdPath.Auto), tile, g, x, Numbers.Random(g.WeightLength, 2), new float[16], [], relu: false, block: 4, threads: 1);
        for (int i = 0; i < y.Length; i++)
        {
            (int h, int w) = Math.DivRem(i % 256, 16);
            if (h <= 1 && w <= 1) Assert.That(y[i], Is.NaN, $"({h}, {w})");
            if (h >= tile || w >= tile) Assert.That(y[i], Is.Not.NaN, $"({h}, {w})");
        }
    }

    private static WinogradBound Bound(int tile) => tile == 2 ? WinogradBound.F2 : WinogradBound.F4;

    /// <summary>The result of Winograd's filtering, the reference kernel and the definition.</summary>
    private static (float[] Winograd, float[] Direct, ReferenceSum Expected) Compute(ConvGeometry g, int tile)
    {
        float[] x = Numbers.Random(g.InputLength, Seed), weight = Numbers.Random(g.WeightLength, Seed + 1), bias = Numbers.Random(g.OutChannels, Seed + 2);
        float[] direct = new float[g.OutputLength];
        Im2ColConv.Forward(g, x, weight, bias, direct, ExecutionOptions.Default);
        float[] winograd = Run(SimdDispatch.Resolve(SimdPath.Auto), tile, g, x, weight, bias, [], relu: false, block: 16, threads: 1);
        return (winograd, direct, ReferenceConv.Forward(g, x, weight, bias));
    }

    private static double MeanError(float[] actual, ReferenceSum expected) =>
        Math.Sqrt(actual.Select((value, i) => (value - expected.Value[i]) * (value - expected.Value[i])).Average());

    private static double LargestError(float[] actual, ReferenceSum expected) =>
        actual.Select((value, i) => Math.Abs(value - expected.Value[i])).Max();

    private static void Check(SimdPath path, int tile, ConvGeometry g, bool added, bool relu, int block)
    {
        string what = $"{path}, F({tile}x{tile}), added {added}, ReLU {relu}, blocks of {block}, {g}";
        float[] x = Numbers.Random(g.InputLength, 1), weight = Numbers.Random(g.WeightLength, 2), bias = Numbers.Random(g.OutChannels, 3);
        float[] residual = added ? Numbers.Random(g.OutputLength, 4) : [];
        ReferenceSum expected = Bound(tile).Forward(g, x, weight, bias);
        ReferenceConv.Finish(expected, residual, relu);
        float[] one = Run(path, tile, g, x, weight, bias, residual, relu, block, threads: 1);
        Close.AssertWithin(one, expected.Value, expected.Magnitude, Bound(tile).Tolerance(g.InChannels / g.Groups), what);
        foreach (int threads in ThreadCounts)
            Close.AssertSameBits(Run(path, tile, g, x, weight, bias, residual, relu, block, threads), one, $"{threads} threads, {what}");
        Close.AssertSameBits(Run(path, tile, g, x, weight, bias, residual, relu, block + 7, threads: 1), one, $"larger blocks, {what}");
        if (g.Batch == 1) return;
        ConvGeometry single = Geometry(1, g.InChannels, g.Input, g.OutChannels, g.Padding.Top, g.Groups);
        for (int n = 0; n < g.Batch; n++)
        {
            float[] alone = Run(path, tile, single, x[(n * single.InputLength)..((n + 1) * single.InputLength)], weight, bias,
                added ? residual[(n * single.OutputLength)..((n + 1) * single.OutputLength)] : [], relu, block, threads: 2);
            Close.AssertSameBits(alone, one.AsSpan(n * single.OutputLength, single.OutputLength), $"image {n}, {what}");
        }
    }

    private static float[] Run(SimdPath path, int tile, ConvGeometry g, float[] x, float[] weight, float[] bias, float[] residual, bool relu, int block, int threads)
    {
        float[] y = new float[g.OutputLength];
        if (tile == 2) SimdDispatch.Run(path, new Computation<WinogradF2>(g, x, weight, bias, residual, relu, block, threads, y));
        else SimdDispatch.Run(path, new Computation<WinogradF4>(g, x, weight, bias, residual, relu, block, threads, y));
        return y;
    }

    private readonly unsafe struct Computation<TTransform>(ConvGeometry g, float[] x, float[] weight, float[] bias, float[] residual, bool relu, int block,
        int threads, float[] y) : ISimdAction
        where TTransform : struct, IWinogradTransform
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            string what = $"{g}, {threads} threads";
            Halo read = WinogradSizes.InputHalo<TTransform>(g);
            BlockedLayout from = new(g.InChannels, g.Input, BlockedImages.Wider(read));
            BlockedLayout to = new(g.OutChannels, g.Output, new Halo(1, 2, 0, 1)), other = new(g.OutChannels, g.Output, new Halo(2, 0, 1, 1));
            WinogradConv<TSimd, TVector, TTransform> kernel = new(g, from, to, other, relu, block);
            PinnedMemory weights = new(WinogradWeights.Length(kernel.Panels, WinogradSizes.Points<TTransform>())), biases = new(kernel.Panels.BiasLength);
            WinogradWeights.Pack<TTransform>(g, kernel.Panels, weight, Enumerable.Repeat(1.0, g.OutChannels).ToArray(), weights.Span);
            weights.AssertIntact(what);
            biases.Span.Clear();
            bias.CopyTo(biases.Span);
            PinnedMemory scratch = new(kernel.ScratchLength(threads));
            BlockedImages input = new(from, g.Batch, x, read), output = new(to, g.Batch);
            BlockedImages? summand = residual.Length > 0 ? new BlockedImages(other, g.Batch, residual) : null;
            using TeamBudget budget = new(threads);
            int seen = 0;
            new WorkerTeam().Run(threads, new TeamAction((share, _) =>
            {
                if (share.Thread == 0) seen = share.Threads;
                kernel.Run(input.Pointer, weights.Pointer, biases.Pointer, summand is null ? null : summand.Pointer, output.Pointer, scratch.Pointer,
                    weights.Pointer, share);
            }));
            Assert.That(seen, Is.EqualTo(threads));
            scratch.AssertIntact(what);
            output.Written(what).CopyTo(y, 0);
        }
    }
}
