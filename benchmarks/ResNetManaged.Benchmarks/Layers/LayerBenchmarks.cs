using BenchmarkDotNet.Attributes;
using ResNetManaged.Benchmarks.Reporting;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using Linear = ResNetManaged.Layers.Linear;
using Softmax = ResNetManaged.Layers.Softmax;

namespace ResNetManaged.Benchmarks.Layers;

/// <summary>The layers between convolutions, through <see cref="Module.Forward(Tensor, ExecutionOptions)"/>, on ResNet's sizes.</summary>
/// <remarks>All but the linear layer are limited by memory: look at their times, not their rates.</remarks>
public class LayerBenchmarks
{
    private Module _module = null!;
    private Tensor _input = null!;
    private ExecutionOptions _options = new();

    public IEnumerable<LayerCase> Layers =>
    [
        new("batch norm conv1 64x112x112", [1, 64, 112, 112], () => new BatchNorm2d(64)),
        new("batch norm conv4_x 1024x14x14", [1, 1024, 14, 14], () => new BatchNorm2d(1024)),
        new("relu conv1 64x112x112", [1, 64, 112, 112], () => new ReLU()),
        new("relu conv4_x 1024x14x14", [1, 1024, 14, 14], () => new ReLU()),
        new("add conv2_x 256x56x56", [1, 256, 56, 56], () => new Doubling()),
        new("add conv4_x 1024x14x14", [1, 1024, 14, 14], () => new Doubling()),
        new("max pool 64x112x112 3x3 /2", [1, 64, 112, 112], () => new MaxPool2d(3, stride: 2, padding: 1)),
        new("average pool 2048x7x7", [1, 2048, 7, 7], () => new AdaptiveAvgPool2d(1)),
        new("linear 512-1000", [1, 512], () => new Linear(512, 1000), 512 * 1000),
        new("linear 2048-1000, batch 32", [32, 2048], () => new Linear(2048, 1000), 32 * 2048 * 1000),
        new("softmax 1000, batch 32", [32, 1000], () => new Softmax(dim: 1)),
        new("awkward relu 37x29x31", [1, 37, 29, 31], () => new ReLU()),
    ];

    public IEnumerable<int> ThreadCounts => Selection.Threads;

    [ParamsSource(nameof(Layers))]
    public LayerCase Layer { get; set; } = null!;

    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _module = Layer.Create().Eval();
        _input = Tensor.Normal(Layer.Input, new TorchGenerator(0));
        _options = new ExecutionOptions { Threads = Threads, Simd = Selection.Simd[0] };
        WarmUp.Run(() => Forward());
    }

    [Benchmark]
    public Tensor Forward() => _module.Forward(_input, _options);

    /// <summary>A layer and the shape of its input.</summary>
    public sealed record LayerCase(string Name, Shape Input, Func<Module> Create, long MultiplyAdds = 0) : ICountedWork
    {
        public override string ToString() => Name;
    }

    /// <summary>x + x: the cost of adding a shortcut.</summary>
    private sealed class Doubling : Module
    {
        protected override Value ForwardCore(Value input) => input + input;
    }
}
