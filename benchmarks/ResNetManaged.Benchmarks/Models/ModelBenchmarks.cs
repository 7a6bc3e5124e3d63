using BenchmarkDotNet.Attributes;
using ResNetManaged.Benchmarks.Peers;
using ResNetManaged.Kernels;
using ResNetManaged.Tensors;

namespace ResNetManaged.Benchmarks.Models;

/// <summary>Whole networks on one image, beside the libraries that people would use otherwise.</summary>
/// <remarks>Each peer's output is compared with ours before anything is timed.</remarks>
public class ModelBenchmarks : IDisposable
{
    private BenchmarkNetwork _network = null!;
    private ExecutionOptions _options = null!;
    private OnnxRuntimePeer? _onnxRuntime;
    private LibTorchPeer? _libTorch;

    public IEnumerable<NamedNetwork> Networks { get; } =
    [
        new("resnet18"), new("resnet50"), new("resnext50_32x4d"), new("textbook_resnet34"), new("cifar_resnet20"),
    ];

    public IEnumerable<int> ThreadCounts => Selection.Threads;

    [ParamsSource(nameof(Networks))]
    public NamedNetwork Network { get; set; } = null!;

    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    [GlobalSetup(Target = nameof(OnnxRuntime))]
    public void SetupOnnxRuntime()
    {
        MakeNetwork();
        _onnxRuntime = new OnnxRuntimePeer(_network.Graph, _network.Input, Threads);
        Agreement.Check($"ONNX Runtime's {Network}", OnnxRuntime(), _network.Module.Forward(_network.Input, _options).ReadOnlySpan);
        WarmUp.Run(() => OnnxRuntime());
    }

    [GlobalSetup(Target = nameof(LibTorch))]
    public void SetupLibTorch()
    {
        MakeNetwork();
        _libTorch = new LibTorchPeer(_network.Graph, _network.Input, Threads);
        Agreement.Check($"LibTorch's {Network}", LibTorch(), _network.Module.Forward(_network.Input, _options).ReadOnlySpan);
        WarmUp.Run(() => LibTorch());
    }

    [GlobalSetup(Target = nameof(ResNetManaged))]
    public void SetupResNetManaged()
    {
        MakeNetwork();
        WarmUp.Run(() => ResNetManaged());
    }

    [Benchmark(Baseline = true)]
    public float[] OnnxRuntime() => _onnxRuntime!.Run();

    [Benchmark]
    public Tensor ResNetManaged() => _network.Module.Forward(_network.Input, _options);

    [Benchmark]
    public float[] LibTorch() => _libTorch!.Run();

    [GlobalCleanup]
    public void Dispose()
    {
        _onnxRuntime?.Dispose();
        _libTorch?.Dispose();
        GC.SuppressFinalize(this);
    }

    private void MakeNetwork()
    {
        _network = new BenchmarkNetwork($"{Network}");
        _options = new ExecutionOptions { Threads = Threads, Simd = Selection.Simd[0] };
    }
}
