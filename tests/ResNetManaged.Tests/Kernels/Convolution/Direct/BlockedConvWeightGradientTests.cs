using NUnit.Framework;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Convolution.Direct;

public sealed class BlockedConvWeightGradientTests
{
    private const int Seed = 1986;

    private static readonly int[] ThreadCounts = [1, 2, 3, 7];

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void EqualsTheDefinition(SimdPath path)
    {
        foreach (ConvGeometry g in GradientGeometries.All)
        {
            Check(path, g, ChannelBlock.Size);
            if (g.InChannels < 16 && g.Groups == 1 && g.Dilation.Width == 1) Check(path, g, blockSize: 1);
        }
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void EqualsTheDefinitionForRandomGeometries(SimdPath path)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        for (int i = 0; i < 40; i++) Check(path, GradientGeometries.Draw(random, out bool planes), planes ? 1 : ChannelBlock.Size);
    }

    [Test]
    public void ChunksCoverEveryPixelOnce([Values(0, 1, 3, 9, 128)] int batch, [Values(1, 4, 7, 17, 112)] int side)
    {
        int[] seen = new int[batch * side];
        foreach (PixelChunk chunk in PixelChunk.Cut(batch, side))
        {
            for (int n = 0; n < chunk.Images; n++)
                for (int row = 0; row < chunk.Rows; row++) seen[(chunk.Image + n) * side + chunk.Row + row]++;
        }
        Assert.That(seen, Is.All.EqualTo(1));
    }

    private static void Check(SimdPath path, ConvGeometry g, int blockSize) =>
        SimdDispatch.Run(path, new Comparison(g, blockSize, $"{path}, blocks of {blockSize}, {g}"));

    private readonly unsafe struct Comparison(ConvGeometry g, int blockSize, string what) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(g.InputLength, 1), dy = Numbers.Random(g.OutputLength, 2), before = Numbers.Random(g.WeightLength, 3);
            ReferenceSum expected = ReferenceConvGradient.Weight(g, x, dy);
            double tolerance = Close.SumTolerance(g.Batch * g.Output.Area + 1);

            Halo read = GradientGeometries.InputHalo(g);
            BlockedLayout from = new(g.InChannels, g.Input, BlockedImages.Wider(read), blockSize), of = new(g.OutChannels, g.Output, new Halo(1, 2, 0, 1));
            BlockedImages input = new(from, g.Batch, x, read), gradient = new(of, g.Batch, dy);
            BlockedConvWeightGradient<TSimd, TVector> kernel = new(g, from, of);
            kernel.Prepare();

            float[]? one = null;
            foreach (int threads in ThreadCounts)
            {
                PinnedMemory result = new(g.WeightLength), scratch = new(kernel.ScratchLength(threads));
                for (int t = 0; t < threads; t++)
                    kernel.Run(input.Pointer, gradient.Pointer, result.Pointer, accumulate: false, scratch.Pointer, new WorkShare(t, threads));
                for (int t = 0; t < threads; t++) kernel.Finish(result.Pointer, accumulate: false, scratch.Pointer, new WorkShare(t, threads));
                result.AssertIntact(what);
                scratch.AssertIntact(what);
                one ??= [.. result.Span];
                Close.AssertSameBits(result.Span, one, $"{threads} threads, {what}");
            }
            Close.AssertWithin(one, expected.Value, expected.Magnitude, tolerance, what);

            PinnedMemory sum = new(before), memory = new(kernel.ScratchLength(1));
            kernel.Run(input.Pointer, gradient.Pointer, sum.Pointer, accumulate: true, memory.Pointer, WorkShare.All);
            kernel.Finish(sum.Pointer, accumulate: true, memory.Pointer, WorkShare.All);
            for (int i = 0; i < before.Length; i++) Assert.That(sum.Span[i], Is.EqualTo(before[i] + one![i]), $"element {i}, {what}");
        }
    }
}
