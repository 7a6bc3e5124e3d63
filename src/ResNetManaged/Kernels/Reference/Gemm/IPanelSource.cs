using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>The right-hand matrix B[K, N] of a product. It need not exist in memory: it only supplies packed panels.</summary>
internal unsafe interface IPanelSource
{
    /// <summary>Writes a part of B as a panel: <c>panel[k * width + j]</c>.</summary>
    /// <remarks>May write up to one vector past the panel's end.</remarks>
    /// <param name="item">The index of the product in its batch.</param>
    /// <param name="part">The rows and columns of B.</param>
    /// <param name="panel">Where to write <c>part.Depth * part.Width</c> floats.</param>
    void Pack<TSimd, TVector>(int item, in PanelPart part, float* panel)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct;
}

/// <summary>The rows and columns of B that make a panel.</summary>
/// <param name="FirstRow">The first k.</param>
/// <param name="Depth">The number of rows.</param>
/// <param name="FirstColumn">The first column.</param>
/// <param name="Columns">The number of columns that exist.</param>
/// <param name="Width">The number of columns of the panel, a multiple of the vector; those that do not exist are 0.</param>
internal readonly record struct PanelPart(int FirstRow, int Depth, int FirstColumn, int Columns, int Width);
