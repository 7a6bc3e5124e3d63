using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>The micro-kernel of 8 rows by one vector, for leftover columns.</summary>
/// <remarks>Long and boring on purpose: accumulators are named locals because an array would live in memory.</remarks>
internal static unsafe class Tile8x1
{
    public const int Rows = 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TSimd, TVector>(in TileArguments tile)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* a0 = tile.Row(0), a1 = tile.Row(1), a2 = tile.Row(2), a3 = tile.Row(3);
        float* a4 = tile.Row(4), a5 = tile.Row(5), a6 = tile.Row(6), a7 = tile.Row(7);
        float* b = tile.B;
        TVector c00 = default;
        TVector c10 = default;
        TVector c20 = default;
        TVector c30 = default;
        TVector c40 = default;
        TVector c50 = default;
        TVector c60 = default;
        TVector c70 = default;

        nint depth = tile.Depth;
        for (nint k = 0; k < depth; k++)
        {
            TVector b0 = TSimd.Load(b);
            b += TSimd.Lanes;

            c00 = TSimd.MultiplyAdd(TSimd.Create(a0[k]), b0, c00);
            c10 = TSimd.MultiplyAdd(TSimd.Create(a1[k]), b0, c10);
            c20 = TSimd.MultiplyAdd(TSimd.Create(a2[k]), b0, c20);
            c30 = TSimd.MultiplyAdd(TSimd.Create(a3[k]), b0, c30);
            c40 = TSimd.MultiplyAdd(TSimd.Create(a4[k]), b0, c40);
            c50 = TSimd.MultiplyAdd(TSimd.Create(a5[k]), b0, c50);
            c60 = TSimd.MultiplyAdd(TSimd.Create(a6[k]), b0, c60);
            c70 = TSimd.MultiplyAdd(TSimd.Create(a7[k]), b0, c70);
        }

        tile.Store<TSimd, TVector>(0, c00);
        tile.Store<TSimd, TVector>(1, c10);
        tile.Store<TSimd, TVector>(2, c20);
        tile.Store<TSimd, TVector>(3, c30);
        tile.Store<TSimd, TVector>(4, c40);
        tile.Store<TSimd, TVector>(5, c50);
        tile.Store<TSimd, TVector>(6, c60);
        tile.Store<TSimd, TVector>(7, c70);
    }
}
