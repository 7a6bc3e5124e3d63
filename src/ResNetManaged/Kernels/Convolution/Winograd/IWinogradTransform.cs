using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Convolution.Winograd;

/// <summary>Winograd's minimal filtering F(m x m, 3 x 3): the convolution of a tile as independent products of matrices.</summary>
/// <remarks>
/// Lavin and Gray 2015, "Fast algorithms for convolutional neural networks", arXiv:1509.09308: Y = A^T [(G g G^T) * (B^T d B)] A, with *
/// element by element, summed over input channels. A tile of (m + 2) x (m + 2) input pixels d gives m x m output pixels Y.
/// </remarks>
internal unsafe interface IWinogradTransform
{
    /// <summary>m: output pixels of a tile along each axis.</summary>
    static abstract int OutputTile { get; }

    /// <summary>G, of m + 2 rows and 3 columns, row by row.</summary>
    static abstract ReadOnlySpan<double> Kernel { get; }

    /// <summary>B^T d B of one tile and one vector of channels.</summary>
    /// <param name="pixels">The tile's first pixel.</param>
    /// <param name="rowStride">Floats from row to row; pixels of a row are 16 apart.</param>
    /// <param name="points">Receives the (m + 2)^2 results.</param>
    /// <param name="pointStride">Floats from one result to the next.</param>
    /// <param name="rows">Scratch, 16 floats for each point.</param>
    static abstract void TransformInput<TSimd, TVector>(float* pixels, nint rowStride, float* points, nint pointStride, float* rows)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct;

    /// <summary>A^T M A of one tile and one vector of channels, passed row by row to an epilogue.</summary>
    /// <param name="points">The (m + 2)^2 sums of products.</param>
    /// <param name="pointStride">Floats from one sum to the next.</param>
    /// <param name="rows">Scratch, 16 floats for each point.</param>
    /// <param name="epilogue">Finishes and stores the pixels.</param>
    static abstract void TransformOutput<TSimd, TVector>(float* points, nint pointStride, float* rows, in WinogradEpilogue<TSimd, TVector> epilogue)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct;
}

/// <summary>Finishes a tile: bias, residual, ReLU, and storing the pixels that exist.</summary>
internal unsafe ref struct WinogradEpilogue<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    public TVector Bias;
    public float* Output;
    public float* Residual;
    public nint OutputRowStride, ResidualRowStride;
    public int Rows, Columns;
    public bool Relu;

    /// <summary>Finishes a pixel and stores it if it exists.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store(TVector value, int row, int column)
    {
        if (column >= Columns) return;
        value = TSimd.Add(value, Bias);
        if (Residual != null) value = TSimd.Add(value, TSimd.Load(Residual + row * ResidualRowStride + column * ChannelBlock.Size));
        if (Relu) value = TSimd.Relu(value);
        TSimd.Store(value, Output + row * OutputRowStride + column * ChannelBlock.Size);
    }
}
