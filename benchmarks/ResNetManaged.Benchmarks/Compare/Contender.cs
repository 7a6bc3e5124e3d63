using System.Reflection;
using Microsoft.ML.OnnxRuntime;
using ResNetManaged.Benchmarks.Models;
using ResNetManaged.Benchmarks.Peers;
using ResNetManaged.Models;

namespace ResNetManaged.Benchmarks.Compare;

/// <summary>A library that takes turns with others.</summary>
/// <param name="Key">What the command line and the results file call it.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Unavailable">Null where it can run; otherwise why not.</param>
/// <param name="Version">Its version, where it can run.</param>
/// <param name="Create">Makes it ready to run a network on a number of threads.</param>
internal sealed record Contender(
    string Key, string Name, Func<string?> Unavailable, Func<string> Version, Func<BenchmarkNetwork, int, IPeer> Create)
{
    public static Contender Ours { get; } = new("resnetmanaged", "ResNetManaged", () => null,
        () => typeof(ResNet).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
        (network, threads) => new ManagedPeer(network.Module, network.Input, new ExecutionOptions { Threads = threads, Simd = Selection.Simd[0] }));

    public static IReadOnlyList<Contender> Peers { get; } =
    [
        new("onnxruntime", "ONNX Runtime", () => null, () => OrtEnv.Instance().GetVersionString(),
            (network, threads) => new OnnxRuntimePeer(network.Graph, network.Input, threads)),
        new("libtorch", "LibTorch", () => LibTorchRuntime.Unavailable, () => LibTorchRuntime.Version,
            (network, threads) => new LibTorchPeer(network.Graph, network.Input, threads)),
    ];

    public static IEnumerable<Contender> All => Peers.Prepend(Ours);

    /// <summary>Ours, making training steps.</summary>
    public static Contender OurTraining { get; } = Ours with
    {
        Create = (network, threads) => new ManagedTrainingPeer(network, new ExecutionOptions { Threads = threads, Simd = Selection.Simd[0] }),
    };

    /// <summary>LibTorch in both layouts of images: which is faster depends on the network.</summary>
    public static IReadOnlyList<Contender> TrainingPeers { get; } = [TorchTraining("libtorch", "LibTorch", false), TorchTraining("libtorch_nhwc", "LibTorch NHWC", true)];

    private static Contender TorchTraining(string key, string name, bool channelsLast) => new(key, name, () => LibTorchRuntime.Unavailable,
        () => LibTorchRuntime.Version, (network, threads) => new LibTorchTrainingPeer(network, threads, channelsLast));
}
