using System.Reflection;
using Microsoft.ML.OnnxRuntime;
using ResNetManaged.Benchmarks.Models;
using ResNetManaged.Benchmarks.Peers;
using ResNetManaged.Models;

namespace ResNetManaged.Benchmarks.Compare;

/// <summary>A library that takes turns with others.</summary>
/// <param name="Key">Its name on the command line and in the results file.</param>
/// <param name="Name">Its display name.</param>
/// <param name="Unavailable">Null if it can run; otherwise the reason.</param>
/// <param name="Version">Its version, if it can run.</param>
/// <param name="Create">Prepares it to run a network on a number of threads.</param>
internal sealed record Contender(
    string Key, string Name, Func<string?> Unavailable, Func<string> Version, Func<BenchmarkNetwork, int, IPeer> Create)
{
    public static Contender Ours { get; } = new("resnetmanaged", "ResNetManaged", () => null,
        () => typeof(ResNet).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
        (network, threads) => new ManagedPeer(network.Module, network.Input, new ExecutionOptions { Threads = threads, Simd = Selection.Simd[0] }));

    public static IReadOnlyList<Contender> Peers { get; } =
    [
        new("onnxruntime", "ONNX Runtime", () => null, () => OrtEnv.Instance().GetVersionString(),
            (network, threads) => new OnnxRuntimePeer(network, threads)),
        new("libtorch", "LibTorch", () => LibTorchRuntime.Unavailable, () => LibTorchRuntime.Version,
            (network, threads) => new LibTorchPeer(network.Graph, network.Input, threads)),
    ];

    /// <summary>Those that read ONNX files.</summary>
    public static IReadOnlyList<Contender> FilePeers { get; } = [.. Peers.Where(peer => peer.Key == "onnxruntime")];

    public static IEnumerable<Contender> All => Peers.Prepend(Ours);

    /// <summary>This library's training.</summary>
    public static Contender OurTraining { get; } = Ours with
    {
        Create = (network, threads) => new ManagedTrainingPeer(network, new ExecutionOptions { Threads = threads, Simd = Selection.Simd[0] }),
    };

    /// <summary>LibTorch with both image layouts, because which is faster depends on the network.</summary>
    public static IReadOnlyList<Contender> TrainingPeers { get; } = [TorchTraining("libtorch", "LibTorch", false), TorchTraining("libtorch_nhwc", "LibTorch NHWC", true)];

    private static Contender TorchTraining(string key, string name, bool channelsLast) => new(key, name, () => LibTorchRuntime.Unavailable,
        () => LibTorchRuntime.Version, (network, threads) => new LibTorchTrainingPeer(network, threads, channelsLast));
}
