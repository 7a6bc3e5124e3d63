using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>
/// The arguments of a micro-kernel: C = A * B, or C += A * B, for one tile. Each element sums its products in the order of k, on every tile shape.
/// </summary>
internal unsafe struct TileArguments
{
    /// <summary>Row 0 of the tile's part of A; rows are <see cref="StrideA"/> floats apart.</summary>
    public float* A;
    public nint StrideA;

    /// <summary>Rows of A that exist. A taller tile repeats the last one, and the caller discards the results.</summary>
    public int Rows;

    /// <summary>The packed panel: for each k, the tile's columns side by side.</summary>
    public float* B;

    /// <summary>The number of products that each element sums.</summary>
    public int Depth;

    /// <summary>Row 0 of the tile's part of C; rows are <see cref="StrideC"/> floats apart. Read only to accumulate.</summary>
    public float* C;
    public nint StrideC;

    /// <summary>Whether to add to what C holds.</summary>
    public bool Accumulate;

    /// <summary>What to add to each row when C is not accumulated; may be null.</summary>
    public float* Bias;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float* Row(int row) => A + Math.Min(row, Rows - 1) * StrideA;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store<TSimd, TVector>(int row, TVector c0)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* c = C + row * StrideC;
        TSimd.Store(TSimd.Add(c0, Accumulate ? TSimd.Load(c) : InitialValue<TSimd, TVector>(row)), c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store<TSimd, TVector>(int row, TVector c0, TVector c1, TVector c2)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* c = C + row * StrideC;
        if (Accumulate)
        {
            TSimd.Store(TSimd.Add(c0, TSimd.Load(c)), c);
            TSimd.Store(TSimd.Add(c1, TSimd.Load(c + TSimd.Lanes)), c + TSimd.Lanes);
            TSimd.Store(TSimd.Add(c2, TSimd.Load(c + 2 * TSimd.Lanes)), c + 2 * TSimd.Lanes);
            return;
        }
        TVector initial = InitialValue<TSimd, TVector>(row);
        TSimd.Store(TSimd.Add(c0, initial), c);
        TSimd.Store(TSimd.Add(c1, initial), c + TSimd.Lanes);
        TSimd.Store(TSimd.Add(c2, initial), c + 2 * TSimd.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly TVector InitialValue<TSimd, TVector>(int row)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => TSimd.Create(Bias is null ? 0f : Bias[Math.Min(row, Rows - 1)]);
}
