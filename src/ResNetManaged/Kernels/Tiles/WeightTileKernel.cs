using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Tiles;

/// <summary>The innermost loop of weight gradients: sums over pixels of input channels times output channels.</summary>
/// <remarks>
/// A register tile has up to 16 rows in two runs of at most 8 neighboring floats of the input, times one or two vectors of output channels:
/// 8 x 2, 7 + 7 x 2 or 8 + 8 x 1 with AVX-512's 32 registers, 4 x 2 or 3 + 3 x 2 with 16. Each pixel adds its products; at the end the tile is added
/// to the sums in memory. The code is unrolled because an array of accumulators would live in memory.
/// </remarks>
/// <typeparam name="TSimd">The vector width.</typeparam>
/// <typeparam name="TVector">Its vector.</typeparam>
/// <typeparam name="TFirst">Rows of the first run, 1 to 8.</typeparam>
/// <typeparam name="TSecond">Rows of the second run, 0 to 8.</typeparam>
/// <typeparam name="TVectors">Vectors of output channels, 1 or 2.</typeparam>
internal static unsafe class WeightTileKernel<TSimd, TVector, TFirst, TSecond, TVectors>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TFirst : struct, IConstant
    where TSecond : struct, IConstant
    where TVectors : struct, IConstant
{
    /// <summary>Adds the products of all pixels to a tile of sums.</summary>
    /// <param name="call">The pixels.</param>
    /// <param name="first">The first pixel's input for the first run.</param>
    /// <param name="second">Its input for the second run.</param>
    /// <param name="gradient">The first pixel's first vector of output channels.</param>
    /// <param name="sums">The sums: one or two vectors for each row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in WeightTileCall call, float* first, float* second, float* gradient, float* sums)
    {
        TVector a00 = default, a01 = default, a10 = default, a11 = default, a20 = default, a21 = default, a30 = default, a31 = default,
            a40 = default, a41 = default, a50 = default, a51 = default, a60 = default, a61 = default, a70 = default, a71 = default;
        TVector b00 = default, b01 = default, b10 = default, b11 = default, b20 = default, b21 = default, b30 = default, b31 = default,
            b40 = default, b41 = default, b50 = default, b51 = default, b60 = default, b61 = default, b70 = default, b71 = default;
        nint step = call.InputPixelStride, vector = call.GradientVectorStride, prefetchStep = call.PrefetchStep;
        for (int image = 0; image < call.Images; image++)
        {
            byte* prefetch = call.Prefetch + image * call.PrefetchImageStride;
            for (int row = 0; row < call.Rows; row++)
            {
                nint offset = image * call.InputImageStride + row * call.InputRowStride;
                float* x0 = first + offset, x1 = second + offset, y = gradient + image * call.GradientImageStride + row * call.GradientRowStride;
                for (int left = call.Pixels; left > 0; left--)
                {
                    TVector y0 = TSimd.Load(y), y1 = TVectors.Value < 2 ? default : TSimd.Load(y + vector), x;
                    if (TFirst.Value > 0)
                    {
                        x = TSimd.Create(*x0);
                        a00 = TSimd.MultiplyAdd(x, y0, a00);
                        if (TVectors.Value > 1) a01 = TSimd.MultiplyAdd(x, y1, a01);
                    }
                    if (TFirst.Value > 1)
                    {
                        x = TSimd.Create(x0[1]);
                        a10 = TSimd.MultiplyAdd(x, y0, a10);
                        if (TVectors.Value > 1) a11 = TSimd.MultiplyAdd(x, y1, a11);
                    }
                    if (TFirst.Value > 2)
                    {
                        x = TSimd.Create(x0[2]);
                        a20 = TSimd.MultiplyAdd(x, y0, a20);
                        if (TVectors.Value > 1) a21 = TSimd.MultiplyAdd(x, y1, a21);
                    }
                    if (TFirst.Value > 3)
                    {
                        x = TSimd.Create(x0[3]);
                        a30 = TSimd.MultiplyAdd(x, y0, a30);
                        if (TVectors.Value > 1) a31 = TSimd.MultiplyAdd(x, y1, a31);
                    }
                    if (TFirst.Value > 4)
                    {
                        x = TSimd.Create(x0[4]);
                        a40 = TSimd.MultiplyAdd(x, y0, a40);
                        if (TVectors.Value > 1) a41 = TSimd.MultiplyAdd(x, y1, a41);
                    }
                    if (TFirst.Value > 5)
                    {
                        x = TSimd.Create(x0[5]);
                        a50 = TSimd.MultiplyAdd(x, y0, a50);
                        if (TVectors.Value > 1) a51 = TSimd.MultiplyAdd(x, y1, a51);
                    }
                    if (TFirst.Value > 6)
                    {
                        x = TSimd.Create(x0[6]);
                        a60 = TSimd.MultiplyAdd(x, y0, a60);
                        if (TVectors.Value > 1) a61 = TSimd.MultiplyAdd(x, y1, a61);
                    }
                    if (TFirst.Value > 7)
                    {
                        x = TSimd.Create(x0[7]);
                        a70 = TSimd.MultiplyAdd(x, y0, a70);
                        if (TVectors.Value > 1) a71 = TSimd.MultiplyAdd(x, y1, a71);
                    }
                    if (TSecond.Value > 0)
                    {
                        x = TSimd.Create(*x1);
                        b00 = TSimd.MultiplyAdd(x, y0, b00);
                        if (TVectors.Value > 1) b01 = TSimd.MultiplyAdd(x, y1, b01);
                    }
                    if (TSecond.Value > 1)
                    {
                        x = TSimd.Create(x1[1]);
                        b10 = TSimd.MultiplyAdd(x, y0, b10);
                        if (TVectors.Value > 1) b11 = TSimd.MultiplyAdd(x, y1, b11);
                    }
                    if (TSecond.Value > 2)
                    {
                        x = TSimd.Create(x1[2]);
                        b20 = TSimd.MultiplyAdd(x, y0, b20);
                        if (TVectors.Value > 1) b21 = TSimd.MultiplyAdd(x, y1, b21);
                    }
                    if (TSecond.Value > 3)
                    {
                        x = TSimd.Create(x1[3]);
                        b30 = TSimd.MultiplyAdd(x, y0, b30);
                        if (TVectors.Value > 1) b31 = TSimd.MultiplyAdd(x, y1, b31);
                    }
                    if (TSecond.Value > 4)
                    {
                        x = TSimd.Create(x1[4]);
                        b40 = TSimd.MultiplyAdd(x, y0, b40);
                        if (TVectors.Value > 1) b41 = TSimd.MultiplyAdd(x, y1, b41);
                    }
                    if (TSecond.Value > 5)
                    {
                        x = TSimd.Create(x1[5]);
                        b50 = TSimd.MultiplyAdd(x, y0, b50);
                        if (TVectors.Value > 1) b51 = TSimd.MultiplyAdd(x, y1, b51);
                    }
                    if (TSecond.Value > 6)
                    {
                        x = TSimd.Create(x1[6]);
                        b60 = TSimd.MultiplyAdd(x, y0, b60);
                        if (TVectors.Value > 1) b61 = TSimd.MultiplyAdd(x, y1, b61);
                    }
                    if (TSecond.Value > 7)
                    {
                        x = TSimd.Create(x1[7]);
                        b70 = TSimd.MultiplyAdd(x, y0, b70);
                        if (TVectors.Value > 1) b71 = TSimd.MultiplyAdd(x, y1, b71);
                    }
                    x0 += step;
                    x1 += step;
                    y += ChannelBlock.Size;
                    if (Sse.IsSupported) Sse.Prefetch1(prefetch);
                    prefetch += prefetchStep;
                }
            }
        }
        Add<TFirst>(0, a00, a01, sums);
        Add<TFirst>(1, a10, a11, sums);
        Add<TFirst>(2, a20, a21, sums);
        Add<TFirst>(3, a30, a31, sums);
        Add<TFirst>(4, a40, a41, sums);
        Add<TFirst>(5, a50, a51, sums);
        Add<TFirst>(6, a60, a61, sums);
        Add<TFirst>(7, a70, a71, sums);
        sums += TFirst.Value * TVectors.Value * TSimd.Lanes;
        Add<TSecond>(0, b00, b01, sums);
        Add<TSecond>(1, b10, b11, sums);
        Add<TSecond>(2, b20, b21, sums);
        Add<TSecond>(3, b30, b31, sums);
        Add<TSecond>(4, b40, b41, sums);
        Add<TSecond>(5, b50, b51, sums);
        Add<TSecond>(6, b60, b61, sums);
        Add<TSecond>(7, b70, b71, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TRows>(int row, TVector c0, TVector c1, float* sums)
        where TRows : struct, IConstant
    {
        if (row >= TRows.Value) return;
        sums += row * TVectors.Value * TSimd.Lanes;
        TSimd.Store(TSimd.Add(TSimd.Load(sums), c0), sums);
        if (TVectors.Value < 2) return;
        sums += TSimd.Lanes;
        TSimd.Store(TSimd.Add(TSimd.Load(sums), c1), sums);
    }
}
