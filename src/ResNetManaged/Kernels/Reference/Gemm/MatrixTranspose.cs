using System.Diagnostics;

namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>Copies a matrix so that its rows become columns.</summary>
internal static class MatrixTranspose
{
    /// <summary>destination[columns, rows] = matrix[rows, columns]^T, both row-major; they must not overlap.</summary>
    public static void Copy(int rows, int columns, ReadOnlySpan<float> matrix, Span<float> destination)
    {
        Debug.Assert(matrix.Length == rows * columns && destination.Length == matrix.Length);
        for (int j = 0; j < columns; j++)
            for (int i = 0; i < rows; i++) destination[j * rows + i] = matrix[i * columns + j];
    }
}
