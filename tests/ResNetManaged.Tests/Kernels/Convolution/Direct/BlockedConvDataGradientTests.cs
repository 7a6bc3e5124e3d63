using NUnit.Framework;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Convolution.Direct;

public sealed class BlockedConvDataGradientTests
{
    private const int Seed = 1987;

    private static readonly int[] ThreadCounts = [1, 2, 3];

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void EqualsTheDefinition(SimdPath path)
    {
        foreach (ConvGeometry g in GradientGeometries.All) Check(path, g);
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void EqualsTheDefinitionForRandomGeometries(SimdPath path)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        for (int i = 0; i < 40; i++) Check(path, GradientGeometries.Draw(random, out _));
    }

    private static void Check(SimdPath path, ConvGeometry g) => SimdDispatch.Run(path, new Comparison(g, $"{path}, {g}"));

    private readonly unsafe struct Comparison(ConvGeometry g, string what) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] weight = Numbers.Random(g.WeightLength, 1), dy = Numbers.Random(g.OutputLength, 2), before = Numbers.Random(g.InputLength, 3);
            ReferenceSum expected = ReferenceConvGradient.Data(g, weight, dy);
            Halo read = ConvGradient.Halo(g);
            BlockedLayout from = new(g.OutChannels, g.Output, BlockedImages.Wider(read)), to = new(g.InChannels, g.Input, new Halo(1, 2, 0, 1));
            BlockedImages gradient = new(from, g.Batch, dy, read);
            BlockedConvDataGradient<TSimd, TVector> kernel = new(g, from, to);
            kernel.Prepare();
            PinnedMemory weights = new(weight);

            float[]? one = null;
            foreach (int threads in ThreadCounts)
            {
                PinnedMemory packed = new(kernel.WeightLength);
                for (int t = 0; t < threads; t++) kernel.Pack(weights.Pointer, packed.Pointer, new WorkShare(t, threads));
                packed.AssertIntact(what);
                BlockedImages output = new(to, g.Batch), added = new(to, g.Batch, before);
                for (int t = 0; t < threads; t++)
                {
                    kernel.Run(gradient.Pointer, packed.Pointer, output.Pointer, accumulate: false, packed.Pointer, new WorkShare(t, threads));
                    kernel.Run(gradient.Pointer, packed.Pointer, added.Pointer, accumulate: true, packed.Pointer, new WorkShare(t, threads));
                }
                float[] dx = output.Written(what), sum = added.Written(what);
                one ??= dx;
                Close.AssertSameBits(dx, one, $"{threads} threads, {what}");
                for (int i = 0; i < dx.Length; i++) Assert.That(sum[i], Is.EqualTo(before[i] + dx[i]), $"element {i}, {threads} threads, {what}");
            }
            // Each pixel is multiplied at most once per kernel element and output channel of its group.
            Close.AssertWithin(one, expected.Value, expected.Magnitude, Close.SumTolerance(g.OutChannels / g.Groups * g.Kernel.Area), what);
        }
    }
}
