using NUnit.Framework;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Convolution.Winograd;

public sealed class WinogradTrainingWeightsTests
{
    private static readonly ConvGeometry[] Geometries =
    [
        new(1, 16, 8, 32, 3, 1, 1, 1, 1),
        new(1, 37, 8, 53, 3, 1, 1, 1, 1),
        new(1, 1, 8, 70, 3, 1, 0, 1, 1),
    ];

    [Test]
    public void PackedWeightsEqualThoseComputedInDouble([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [Values] bool forGradient)
    {
        foreach (ConvGeometry g in Geometries)
        {
            SimdDispatch.Run(path, new Comparison<WinogradF2>(g, forGradient, $"{path}, F(2x2), for the gradient: {forGradient}, {g}"));
            SimdDispatch.Run(path, new Comparison<WinogradF4>(g, forGradient, $"{path}, F(4x4), for the gradient: {forGradient}, {g}"));
        }
    }

    [Test]
    public void RotatedWeightsGiveTheDataGradient([Values(0, 1, 2)] int padding)
    {
        ConvGeometry g = new(2, 3, (6, 9), 4, 3, 1, padding, 1, 1);
        float[] weight = Numbers.Random(g.WeightLength, 1), dy = Numbers.Random(g.OutputLength, 2);
        double[] expected = ReferenceConvGradient.Data(g, weight, dy).Value;
        double[] actual = ReferenceConv.Forward(ConvGradient.Transposed(g), dy, Transposed(g, weight), []).Value;
        for (int i = 0; i < expected.Length; i++) Assert.That(actual[i], Is.EqualTo(expected[i]).Within(1e-13), $"element {i}"); // 36 products in double
    }

    /// <summary>[o, i, kh, kw] as [i, o, 2 - kh, 2 - kw].</summary>
    private static float[] Transposed(ConvGeometry g, float[] weight)
    {
        float[] result = new float[weight.Length];
        for (int o = 0; o < g.OutChannels; o++)
            for (int i = 0; i < g.InChannels; i++)
                for (int k = 0; k < 9; k++) result[(i * g.OutChannels + o) * 9 + 8 - k] = weight[(o * g.InChannels + i) * 9 + k];
        return result;
    }

    private readonly unsafe struct Comparison<TTransform>(ConvGeometry g, bool forGradient, string what) : ISimdAction
        where TTransform : struct, IWinogradGradient
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] weight = Numbers.Random(g.WeightLength, 1);
            ConvGeometry convolution = forGradient ? ConvGradient.Transposed(g) : g;
            float[] its = forGradient ? Transposed(g, weight) : weight;
            ConvPanels panels = new(WinogradSizes.PointGeometry(convolution), ChannelBlock.Size, TSimd.Lanes);
            int length = WinogradWeights.Length(panels, WinogradSizes.Points<TTransform>());
            PinnedMemory expected = new(length), source = new(weight);
            WinogradWeights.Pack<TTransform>(convolution, panels, its, Enumerable.Repeat(1.0, convolution.OutChannels).ToArray(), expected.Span);
            foreach (int threads in (ReadOnlySpan<int>)[1, 3])
            {
                PinnedMemory packed = new(length);
                for (int t = 0; t < threads; t++)
                    WinogradTrainingWeights.Pack<TSimd, TVector, TTransform>(g, panels, source.Pointer, forGradient, packed.Pointer, new WorkShare(t, threads));
                packed.AssertIntact(what);
                // Elements are below 1 and a row of G sums to at most 3/2 (2x2), so |G||g||G^T| is at most 9/4; four roundings in each pass, plus one.
                for (int i = 0; i < length; i++)
                {
                    Assert.That(packed.Span[i], Is.EqualTo(expected.Span[i]).Within(9 * 9.0 / 4 * Close.UnitRoundoff),
                        $"element {i}, {threads} threads, {what}");
                }
            }
        }
    }
}
