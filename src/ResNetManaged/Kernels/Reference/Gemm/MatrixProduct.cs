using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>Matrix products in float32.</summary>
/// <remarks>
/// Each element is the sum of its K products in the order of k, KC at a time, and belongs to one work item: results do not depend on the
/// number of threads, the tile shapes or the number of products in a batch. NaN and infinities propagate as in the definition.
/// C must not overlap any input; it is written without being read first. K = 0 gives the bias.
/// </remarks>
internal static unsafe class MatrixProduct
{
    /// <summary>C[M, N] = A[M, K] * B[K, N] + bias[M], all row-major; an empty bias is 0.</summary>
    public static void Multiply(int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> bias, Span<float> c,
        ExecutionOptions options)
    {
        CheckLengths(m, n, k, a, b, bias, c);
        fixed (float* pa = a, pb = b, pBias = bias, pc = c)
        {
            GemmProblem problem = new(m, n, k, items: 1, groups: 1, pa, pBias, pc);
            Run(problem, new MatrixSource(pb, k, n), SimdDispatch.Resolve(options.Simd), options.Threads);
        }
    }

    /// <summary>C[M, N] = A[M, K] * B^T + bias[M], where B is stored as [N, K]; all row-major; an empty bias is 0.</summary>
    public static void MultiplyTransposed(int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> bias,
        Span<float> c, ExecutionOptions options)
    {
        CheckLengths(m, n, k, a, b, bias, c);
        fixed (float* pa = a, pb = b, pBias = bias, pc = c)
        {
            GemmProblem problem = new(m, n, k, items: 1, groups: 1, pa, pBias, pc);
            Run(problem, new TransposedSource(pb, k, n), SimdDispatch.Resolve(options.Simd), options.Threads);
        }
    }

    /// <summary>A batch of products on a given vector width, which must not be <see cref="SimdPath.Auto"/>.</summary>
    public static void Run<TSource>(in GemmProblem problem, in TSource source, SimdPath simd, int threads)
        where TSource : struct, IPanelSource =>
        SimdDispatch.Run(simd, new Action<TSource>(problem, source, threads));

    private static void CheckLengths(int m, int n, int k, ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> bias,
        ReadOnlySpan<float> c)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(m);
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        Check.Length("Gemm", nameof(a), a.Length, (long)m * k);
        Check.Length("Gemm", nameof(b), b.Length, (long)k * n);
        Check.LengthOrEmpty("Gemm", nameof(bias), bias.Length, m);
        Check.Length("Gemm", nameof(c), c.Length, (long)m * n);
    }

    private readonly struct Action<TSource>(GemmProblem problem, TSource source, int threads) : ISimdAction
        where TSource : struct, IPanelSource
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            if (problem.Items == 0 || problem.M == 0 || problem.N == 0) return;
            int used = GemmSplit.Threads(problem, threads);
            GemmSplit split = GemmSplit.Choose(problem, GemmBlock<TSimd, TVector, TSource>.TileRows,
                GemmBlock<TSimd, TVector, TSource>.PanelWidth, GemmBlock<TSimd, TVector, TSource>.LargestColumns, used);
            GemmBlock<TSimd, TVector, TSource> block = new(problem, source, split);
            ParallelLoop.For(block.Items, used, block);
        }
    }
}
