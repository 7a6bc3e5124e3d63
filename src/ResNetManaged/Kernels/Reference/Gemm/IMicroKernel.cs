using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>The innermost loop of a matrix product for one shape of register tile, whatever the vector width.</summary>
internal interface IMicroKernel
{
    /// <summary>MR: rows of the tile.</summary>
    static abstract int Rows { get; }

    /// <summary>NR in vectors: columns of the tile.</summary>
    static abstract int Vectors { get; }

    /// <summary>C = A * B, or C += A * B, for one tile. Each element sums its products in the order of k, on every tile shape alike.</summary>
    static abstract void Run<TSimd, TVector>(in TileArguments tile)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct;
}
