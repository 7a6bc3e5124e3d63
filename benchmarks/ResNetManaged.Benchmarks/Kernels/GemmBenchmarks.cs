using BenchmarkDotNet.Attributes;
using ResNetManaged.Benchmarks.Reporting;
using ResNetManaged.Kernels.Reference.Gemm;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Benchmarks.Kernels;

/// <summary>The packed matrix product: ResNet's convolutions as products of output channels, pixels and depth, the classifier, and others.</summary>
public class GemmBenchmarks
{
    private float[] _a = [], _b = [], _c = [];
    private ExecutionOptions _options = new();

    public IEnumerable<Product> Products =>
    [
        new("conv2_x 64x3136x576", 64, 3136, 576),
        new("conv3_x 128x784x1152", 128, 784, 1152),
        new("conv4_x 1x1 1024x196x256", 1024, 196, 256),
        new("conv5_x 512x49x4608", 512, 49, 4608),
        new("fc 1000x1x512", 1000, 1, 512),
        new("square 512", 512, 512, 512),
        new("awkward 97x101x103", 97, 101, 103),
    ];

    public IEnumerable<int> ThreadCounts => Selection.Threads;

    public IEnumerable<SimdPath> SimdPaths => Selection.Simd;

    [ParamsSource(nameof(Products))]
    public Product Shape { get; set; } = null!;

    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    [ParamsSource(nameof(SimdPaths))]
    public SimdPath Simd { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        TorchGenerator generator = new(0);
        _a = Random(Shape.M * Shape.K, generator);
        _b = Random(Shape.K * Shape.N, generator);
        _c = new float[Shape.M * Shape.N];
        _options = new ExecutionOptions { Threads = Threads, Simd = Simd };
        WarmUp.Run(Multiply);
    }

    [Benchmark]
    public void Multiply() => MatrixProduct.Multiply(Shape.M, Shape.N, Shape.K, _a, _b, bias: [], _c, _options);

    private static float[] Random(int length, TorchGenerator generator)
    {
        float[] values = new float[length];
        generator.FillUniform(values, -1f, 1f);
        return values;
    }

    /// <summary>C[M, N] = A[M, K] * B[K, N].</summary>
    public sealed record Product(string Name, int M, int N, int K) : ICountedWork
    {
        public long MultiplyAdds => (long)M * N * K;

        public override string ToString() => Name;
    }
}
