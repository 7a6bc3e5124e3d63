namespace ResNetManaged.Tests.Reference;

/// <summary>C[M, N] = A[M, K] * B[K, N] + bias[M], by definition.</summary>
internal static class ReferenceGemm
{
    public static ReferenceSum Multiply(int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> bias)
    {
        ReferenceSum c = new(m * n);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                if (!bias.IsEmpty) c.Add(i * n + j, bias[i]);
                for (int p = 0; p < k; p++) c.Add(i * n + j, (double)a[i * k + p] * b[p * n + j]);
            }
        }
        return c;
    }

    public static float[] Transpose(int rows, int columns, ReadOnlySpan<float> matrix)
    {
        float[] result = new float[matrix.Length];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j];
        return result;
    }
}
