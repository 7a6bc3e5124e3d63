namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>A batch of products C[M, N] = A[M, K] * B[K, N] + bias[M], row-major. An <see cref="IPanelSource"/> supplies B.</summary>
/// <param name="m">Rows of A and C.</param>
/// <param name="n">Columns of B and C.</param>
/// <param name="k">Columns of A, rows of B.</param>
/// <param name="items">The number of products; their C are consecutive.</param>
/// <param name="groups">Product i takes A and bias number i % groups.</param>
/// <param name="a">groups * M * K floats.</param>
/// <param name="bias">groups * M floats, or null.</param>
/// <param name="c">items * M * N floats, written without being read first.</param>
internal readonly unsafe struct GemmProblem(int m, int n, int k, int items, int groups, float* a, float* bias, float* c)
{
    public int M => m;
    public int N => n;
    public int K => k;
    public int Items => items;

    public float* A(int item) => a + (nint)(item % groups) * m * k;

    public float* Bias(int item) => bias is null ? null : bias + (nint)(item % groups) * m;

    public float* C(int item) => c + (nint)item * m * n;
}
