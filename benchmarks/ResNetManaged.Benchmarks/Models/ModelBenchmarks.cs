using BenchmarkDotNet.Attributes;
using ResNetManaged.Benchmarks.Peers;

namespace ResNetManaged.Benchmarks.Models;

/// <summary>Whole networks on one image, compared with the common alternatives.</summary>
/// <remarks>Each peer's output is compared with ours before anything is timed.</remarks>
public class ModelBenchmarks : IDisposable
{
    private BenchmarkNetwork _network = null!;
    private IPeer _peer = null!;

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
    public void SetupOnnxRuntime() => Setup("ONNX Runtime", () => new OnnxRuntimePeer(_network, Threads));

    [GlobalSetup(Target = nameof(LibTorch))]
    public void SetupLibTorch() => Setup("LibTorch", () => new LibTorchPeer(_network.Graph, _network.Input, Threads));

    [GlobalSetup(Target = nameof(ResNetManaged))]
    public void SetupResNetManaged() => Setup("ResNetManaged", MakeOurs);

    [Benchmark(Baseline = true)]
    public void OnnxRuntime() => _peer.Run();

    [Benchmark]
    public void ResNetManaged() => _peer.Run();

    [Benchmark]
    public void LibTorch() => _peer.Run();

    [GlobalCleanup]
    public void Dispose()
    {
        _peer.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Setup(string name, Func<IPeer> make)
    {
        _network = new BenchmarkNetwork($"{Network}");
        _peer = make();
        using ManagedPeer ours = MakeOurs();
        Agreement.Check($"{name}'s {Network}", _peer.Run(), ours.Run());
        WarmUp.Run(() => _peer.Run());
    }

    private ManagedPeer MakeOurs() =>
        new(_network.Module, _network.Input, new ExecutionOptions { Threads = Threads, Simd = Selection.Simd[0] });
}
