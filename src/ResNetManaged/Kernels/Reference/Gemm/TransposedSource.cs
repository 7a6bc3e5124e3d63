using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>The transpose of a matrix that is stored as [N, K] in row-major order.</summary>
internal readonly unsafe struct TransposedSource(float* matrix, int depth, int columns) : IPanelSource
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack<TSimd, TVector>(int item, in PanelPart part, float* panel)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* first = matrix + ((nint)item * columns + part.FirstColumn) * depth + part.FirstRow;
        for (int j = 0; j < part.Columns; j++, first += depth)
            for (int k = 0; k < part.Depth; k++) panel[(nint)k * part.Width + j] = first[k];
        for (int j = part.Columns; j < part.Width; j++)
            for (int k = 0; k < part.Depth; k++) panel[(nint)k * part.Width + j] = 0f;
    }
}
