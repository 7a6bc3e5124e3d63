using BenchmarkDotNet.Attributes;
using ResNetManaged.Benchmarks.Kernels;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Layers;
using ResNetManaged.Plans;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Benchmarks.Layers;

/// <summary>The 3 x 3 convolutions of ResNet-18 and ResNeXt-50 by each algorithm: the basis of the rules that choose among them.</summary>
/// <remarks>A plan of one layer also converts the layout of its input and output, equally for all algorithms; weights stay in the caches.</remarks>
public class PlannedConvolutionBenchmarks
{
    private InferencePlan _plan = null!;
    private float[] _input = [], _output = [];

    public IEnumerable<ConvolutionShape> Shapes =>
        ConvolutionShapes.All.Concat(ConvolutionShapes.Grouped).Where(shape => shape.Geometry.Kernel == 3 && shape.Geometry.Stride == 1);

    public IEnumerable<int> ThreadCounts => Selection.Threads;

    [ParamsSource(nameof(Shapes))]
    public ConvolutionShape Shape { get; set; } = null!;

    [Params(ConvolutionAlgorithm.Direct, ConvolutionAlgorithm.WinogradF2, ConvolutionAlgorithm.WinogradF4)]
    public ConvolutionAlgorithm Algorithm { get; set; }

    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        ConvGeometry g = Shape.Geometry;
        Module layer = new Conv2d(g.InChannels, g.OutChannels, g.Kernel, g.Stride, g.Padding, groups: g.Groups, generator: new TorchGenerator(0)).Eval();
        ExecutionOptions options = new() { Threads = Threads, Simd = Selection.Simd[0], Convolution = Algorithm };
        _plan = layer.Compile(options).PlanFor([g.Batch, g.InChannels, g.Input.Height, g.Input.Width]);
        _input = new float[_plan.InputShape.ElementCount];
        _output = new float[_plan.OutputShape.ElementCount];
        new TorchGenerator(1).FillUniform(_input, -1f, 1f);
        WarmUp.Run(Run);
    }

    [Benchmark]
    public void Run() => _plan.Run(_input, _output);
}
