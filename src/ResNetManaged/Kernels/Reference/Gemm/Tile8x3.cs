using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>The micro-kernel of 8 rows by 3 vectors: 24 accumulators, 3 vectors of B and one of A, 28 registers.</summary>
/// <remarks>Long and boring on purpose: accumulators are named locals because an array would live in memory.</remarks>
internal static unsafe class Tile8x3
{
    public const int Rows = 8;
    public const int Vectors = 3;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TSimd, TVector>(in TileArguments tile)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* a0 = tile.Row(0), a1 = tile.Row(1), a2 = tile.Row(2), a3 = tile.Row(3);
        float* a4 = tile.Row(4), a5 = tile.Row(5), a6 = tile.Row(6), a7 = tile.Row(7);
        float* b = tile.B;
        TVector c00 = default, c01 = default, c02 = default;
        TVector c10 = default, c11 = default, c12 = default;
        TVector c20 = default, c21 = default, c22 = default;
        TVector c30 = default, c31 = default, c32 = default;
        TVector c40 = default, c41 = default, c42 = default;
        TVector c50 = default, c51 = default, c52 = default;
        TVector c60 = default, c61 = default, c62 = default;
        TVector c70 = default, c71 = default, c72 = default;

        nint depth = tile.Depth;
        for (nint k = 0; k < depth; k++)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + TSimd.Lanes), b2 = TSimd.Load(b + 2 * TSimd.Lanes);
            b += 3 * TSimd.Lanes;

            TVector x = TSimd.Create(a0[k]);
            c00 = TSimd.MultiplyAdd(x, b0, c00);
            c01 = TSimd.MultiplyAdd(x, b1, c01);
            c02 = TSimd.MultiplyAdd(x, b2, c02);
            x = TSimd.Create(a1[k]);
            c10 = TSimd.MultiplyAdd(x, b0, c10);
            c11 = TSimd.MultiplyAdd(x, b1, c11);
            c12 = TSimd.MultiplyAdd(x, b2, c12);
            x = TSimd.Create(a2[k]);
            c20 = TSimd.MultiplyAdd(x, b0, c20);
            c21 = TSimd.MultiplyAdd(x, b1, c21);
            c22 = TSimd.MultiplyAdd(x, b2, c22);
            x = TSimd.Create(a3[k]);
            c30 = TSimd.MultiplyAdd(x, b0, c30);
            c31 = TSimd.MultiplyAdd(x, b1, c31);
            c32 = TSimd.MultiplyAdd(x, b2, c32);
            x = TSimd.Create(a4[k]);
            c40 = TSimd.MultiplyAdd(x, b0, c40);
            c41 = TSimd.MultiplyAdd(x, b1, c41);
            c42 = TSimd.MultiplyAdd(x, b2, c42);
            x = TSimd.Create(a5[k]);
            c50 = TSimd.MultiplyAdd(x, b0, c50);
            c51 = TSimd.MultiplyAdd(x, b1, c51);
            c52 = TSimd.MultiplyAdd(x, b2, c52);
            x = TSimd.Create(a6[k]);
            c60 = TSimd.MultiplyAdd(x, b0, c60);
            c61 = TSimd.MultiplyAdd(x, b1, c61);
            c62 = TSimd.MultiplyAdd(x, b2, c62);
            x = TSimd.Create(a7[k]);
            c70 = TSimd.MultiplyAdd(x, b0, c70);
            c71 = TSimd.MultiplyAdd(x, b1, c71);
            c72 = TSimd.MultiplyAdd(x, b2, c72);
        }

        tile.Store<TSimd, TVector>(0, c00, c01, c02);
        tile.Store<TSimd, TVector>(1, c10, c11, c12);
        tile.Store<TSimd, TVector>(2, c20, c21, c22);
        tile.Store<TSimd, TVector>(3, c30, c31, c32);
        tile.Store<TSimd, TVector>(4, c40, c41, c42);
        tile.Store<TSimd, TVector>(5, c50, c51, c52);
        tile.Store<TSimd, TVector>(6, c60, c61, c62);
        tile.Store<TSimd, TVector>(7, c70, c71, c72);
    }
}
