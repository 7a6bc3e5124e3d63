using BenchmarkDotNet.Attributes;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Benchmarks.Kernels;

/// <summary>Convolution as a matrix product, on every distinct layer shape of ResNet-18 and ResNet-50.</summary>
/// <remarks>Weights and input stay in the caches between calls; within a network they do not: see the model benchmarks.</remarks>
public class ConvolutionBenchmarks
{
    private float[] _input = [], _weight = [], _output = [];
    private ExecutionOptions _options = new();

    public IEnumerable<ConvolutionShape> Shapes => ConvolutionShapes.All;

    public IEnumerable<int> ThreadCounts => Selection.Threads;

    public IEnumerable<SimdPath> SimdPaths => Selection.Simd;

    [ParamsSource(nameof(Shapes))]
    public ConvolutionShape Shape { get; set; } = null!;

    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    [ParamsSource(nameof(SimdPaths))]
    public SimdPath Simd { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        TorchGenerator generator = new(0);
        _input = new float[Shape.Geometry.InputLength];
        _weight = new float[Shape.Geometry.WeightLength];
        _output = new float[Shape.Geometry.OutputLength];
        generator.FillUniform(_input, -1f, 1f);
        generator.FillUniform(_weight, -1f, 1f);
        _options = new ExecutionOptions { Threads = Threads, Simd = Simd };
        WarmUp.Run(Im2Col);
    }

    [Benchmark]
    public void Im2Col() => Im2ColConv.Forward(Shape.Geometry, _input, _weight, bias: [], _output, _options);
}
