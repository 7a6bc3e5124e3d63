using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>A matrix B[K, N] in row-major order; those of a batch are consecutive.</summary>
internal readonly unsafe struct MatrixSource(float* matrix, int depth, int columns) : IPanelSource
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack<TSimd, TVector>(int item, in PanelPart part, float* panel)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        float* row = matrix + ((nint)item * depth + part.FirstRow) * columns + part.FirstColumn;
        for (int k = 0; k < part.Depth; k++, row += columns, panel += part.Width)
        {
            int j = 0;
            for (; j <= part.Columns - TSimd.Lanes; j += TSimd.Lanes) TSimd.Store(TSimd.Load(row + j), panel + j);
            for (; j < part.Columns; j++) panel[j] = row[j];
            for (; j < part.Width; j++) panel[j] = 0f;
        }
    }
}
