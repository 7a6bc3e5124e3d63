using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Convolution.Grouped;

/// <summary>Winograd products for groups narrower than a vector: a permutation brings each lane the channels of its group.</summary>
/// <remarks>
/// The tile kernel would multiply all 16 channels of a block, mostly by zeros. Each output channel sums its products in the same order here,
/// so the bits are the same.
/// </remarks>
/// <typeparam name="TSimd">The vector width.</typeparam>
/// <typeparam name="TVector">Its vector.</typeparam>
/// <typeparam name="TGroup">Channels of a group: 1, 2, 4 or 8, and at most the lanes.</typeparam>
internal static unsafe class GroupKernel<TSimd, TVector, TGroup>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TGroup : struct, IConstant
{
    /// <summary>Multiplies one vector of channels of some tiles at all points; the sums overwrite the channels.</summary>
    /// <param name="channels">The first tile's channels at the first point; tiles are 16 floats apart.</param>
    /// <param name="tiles">The number of tiles.</param>
    /// <param name="points">The number of points.</param>
    /// <param name="pointStride">Floats from one point to the next.</param>
    /// <param name="weights">One vector for each channel of a group: every lane's weight for that channel of its group.</param>
    /// <param name="weightStride">Floats from one point's weights to the next.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* channels, int tiles, int points, nint pointStride, float* weights, nint weightStride)
    {
        int* lanes = stackalloc int[TGroup.Value * TSimd.Lanes];
        for (int channel = 0; channel < TGroup.Value; channel++)
            for (int lane = 0; lane < TSimd.Lanes; lane++) lanes[channel * TSimd.Lanes + lane] = lane / TGroup.Value * TGroup.Value + channel;
        float* from = (float*)lanes;
        TVector l0 = Channel(from, 0), l1 = Channel(from, 1), l2 = Channel(from, 2), l3 = Channel(from, 3),
            l4 = Channel(from, 4), l5 = Channel(from, 5), l6 = Channel(from, 6), l7 = Channel(from, 7);
        for (; points > 0; points--, channels += pointStride, weights += weightStride)
        {
            TVector w0 = Channel(weights, 0), w1 = Channel(weights, 1), w2 = Channel(weights, 2), w3 = Channel(weights, 3),
                w4 = Channel(weights, 4), w5 = Channel(weights, 5), w6 = Channel(weights, 6), w7 = Channel(weights, 7);
            float* place = channels;
            for (float* end = place + tiles * ChannelBlock.Size; place < end; place += ChannelBlock.Size)
            {
                TVector x = TSimd.Load(place);
                TVector sum = TSimd.MultiplyAdd(TGroup.Value > 1 ? TSimd.Permute(x, l0) : x, w0, default);
                if (TGroup.Value > 1) sum = TSimd.MultiplyAdd(TSimd.Permute(x, l1), w1, sum);
                if (TGroup.Value > 2) sum = TSimd.MultiplyAdd(TSimd.Permute(x, l2), w2, sum);
                if (TGroup.Value > 2) sum = TSimd.MultiplyAdd(TSimd.Permute(x, l3), w3, sum);
                if (TGroup.Value > 4) sum = TSimd.MultiplyAdd(TSimd.Permute(x, l4), w4, sum);
                if (TGroup.Value > 4) sum = TSimd.MultiplyAdd(TSimd.Permute(x, l5), w5, sum);
                if (TGroup.Value > 4) sum = TSimd.MultiplyAdd(TSimd.Permute(x, l6), w6, sum);
                if (TGroup.Value > 4) sum = TSimd.MultiplyAdd(TSimd.Permute(x, l7), w7, sum);
                TSimd.Store(sum, place);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Channel(float* vectors, int channel) => channel < TGroup.Value ? TSimd.Load(vectors + channel * TSimd.Lanes) : default;
}

/// <summary>The compiled kernels of one vector width, by group size.</summary>
internal static unsafe class GroupKernels<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>The kernel for the groups of a convolution; null unless there are several and a vector holds whole ones.</summary>
    public static GroupFunction Get(in ConvGeometry geometry)
    {
        int group = geometry.InChannels / geometry.Groups;
        if (geometry.Groups == 1 || geometry.InChannels != geometry.OutChannels || group > TSimd.Lanes || !TSimd.Permutes) return null;
        return group switch
        {
            1 => &GroupKernel<TSimd, TVector, Const1>.Run,
            2 => &GroupKernel<TSimd, TVector, Const2>.Run,
            4 => &GroupKernel<TSimd, TVector, Const4>.Run,
            8 => &GroupKernel<TSimd, TVector, Const8>.Run,
            _ => null,
        };
    }
}
