using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>The micro-kernel of 4 rows by 3 vectors: 12 accumulators, 3 vectors of B and one of A, 16 registers.</summary>
/// <remarks>Long and boring on purpose: accumulators are named locals because an array would live in memory.</remarks>
internal static unsafe class Tile4x3
{
    public const int Rows = 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TSimd, TVector>(in TileArguments tile)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* a0 = tile.Row(0), a1 = tile.Row(1), a2 = tile.Row(2), a3 = tile.Row(3);
        float* b = tile.B;
        TVector c00 = default, c01 = default, c02 = default;
        TVector c10 = default, c11 = default, c12 = default;
        TVector c20 = default, c21 = default, c22 = default;
        TVector c30 = default, c31 = default, c32 = default;

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
        }

        tile.Store<TSimd, TVector>(0, c00, c01, c02);
        tile.Store<TSimd, TVector>(1, c10, c11, c12);
        tile.Store<TSimd, TVector>(2, c20, c21, c22);
        tile.Store<TSimd, TVector>(3, c30, c31, c32);
    }
}
