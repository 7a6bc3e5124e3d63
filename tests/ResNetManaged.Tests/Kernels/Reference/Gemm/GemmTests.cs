using NUnit.Framework;
using ResNetManaged.Kernels.Reference.Gemm;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Reference.Gemm;

public sealed unsafe class GemmTests
{
    private static readonly int[] Rows = [1, 3, 4, 5, 8, 9, 13, 16];
    private static readonly int[] Depths = [0, 1, 2, 7, 384, 385, 800]; // around KC

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void EqualsTheDefinitionForEveryNumberOfColumns(SimdPath path)
    {
        for (int n = 0; n <= 130; n++) Compare(path, 9, n, 5, transposed: n % 2 == 1, threads: 1);
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void EqualsTheDefinitionForRowsAndDepths(SimdPath path)
    {
        foreach (int m in Rows)
        {
            foreach (int k in Depths)
            {
                Compare(path, m, 53, k, transposed: false, threads: 1);
                Compare(path, m, 21, k, transposed: true, threads: 3);
            }
        }
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void EqualsTheDefinitionForRandomSizes(SimdPath path)
    {
        const int Seed = 20;
        Random random = new(Seed);
        for (int i = 0; i < 30; i++)
            Compare(path, random.Next(1, 40), random.Next(1, 300), random.Next(1, 500), random.Next(2) == 1, random.Next(1, 5));
    }

    [Test]
    public void DoesNotDependOnTheNumberOfThreads()
    {
        const int M = 72, N = 500, K = 450;
        float[] a = Numbers.Random(M * K, 1), b = Numbers.Random(K * N, 2), bias = Numbers.Random(M, 3), one = new float[M * N];
        MatrixProduct.Multiply(M, N, K, a, b, bias, one, new ExecutionOptions { Threads = 1 });
        foreach (int threads in new[] { 2, 3, 16 })
        {
            float[] several = new float[M * N];
            MatrixProduct.Multiply(M, N, K, a, b, bias, several, new ExecutionOptions { Threads = threads });
            Close.AssertSameBits(several, one, $"{threads} threads");
        }
    }

    [Test]
    public void NeverReadsTheOldOutput()
    {
        float[] c = [float.NaN, float.NaN, float.NaN, float.NaN];
        MatrixProduct.Multiply(2, 2, 1, [1, 2], [3, 4], [], c, ExecutionOptions.Default);
        Assert.That(c, Is.EqualTo(new float[] { 3, 4, 6, 8 }));
    }

    [Test]
    public void ADepthOfZeroGivesTheBias()
    {
        float[] c = new float[4];
        MatrixProduct.Multiply(2, 2, 0, [], [], [5, 6], c, ExecutionOptions.Default);
        Assert.That(c, Is.EqualTo(new float[] { 5, 5, 6, 6 }));
    }

    [Test]
    public void NaNAndInfinityAffectExactlyTheirRowsAndColumns()
    {
        const int M = 10, N = 60, K = 20;
        float[] a = Numbers.Random(M * K, 1), b = Numbers.Random(K * N, 2), c = new float[M * N];
        a[3 * K + 4] = float.NaN;
        b[7 * N + 58] = float.PositiveInfinity;
        MatrixProduct.Multiply(M, N, K, a, b, [], c, ExecutionOptions.Default);
        for (int i = 0; i < M; i++)
            for (int j = 0; j < N; j++) Assert.That(float.IsFinite(c[i * N + j]), Is.EqualTo(i != 3 && j != 58), $"row {i}, column {j}");
        Assert.That(c[0 * N + 58], Is.EqualTo(float.PositiveInfinity).Or.EqualTo(float.NegativeInfinity));
    }

    [Test]
    public void RejectsWrongLengths()
    {
        Assert.That(() => MatrixProduct.Multiply(2, 3, 4, new float[7], new float[12], [], new float[6], ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Gemm: a has 7 elements; expected 8."));
        Assert.That(() => MatrixProduct.Multiply(2, 3, 4, new float[8], new float[12], new float[3], new float[6], ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Gemm: bias has 3 elements; expected 2."));
        Assert.That(() => MatrixProduct.Multiply(2, -3, 4, new float[8], [], [], [], ExecutionOptions.Default), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static void Compare(SimdPath path, int m, int n, int k, bool transposed, int threads)
    {
        float[] a = Numbers.Random(m * k, 1), b = Numbers.Random(k * n, 2), bias = Numbers.Random(m, 3);
        ReferenceSum expected = ReferenceGemm.Multiply(m, n, k, a, b, bias);
        Guarded ga = new(a), gb = new(transposed ? ReferenceGemm.Transpose(k, n, b) : b), gc = new(m * n);
        fixed (float* pa = ga.Span, pb = gb.Span, pBias = bias, pc = gc.Span)
        {
            GemmProblem problem = new(m, n, k, items: 1, groups: 1, pa, pBias, pc);
            if (transposed) MatrixProduct.Run(problem, new TransposedSource(pb, k, n), path, threads);
            else MatrixProduct.Run(problem, new MatrixSource(pb, k, n), path, threads);
        }
        gc.AssertIntact();
        Close.AssertWithin(gc.Span, expected.Value, expected.Magnitude, Close.SumTolerance(k + 1), $"{path} {m}x{n}x{k} transposed={transposed}");
    }
}
