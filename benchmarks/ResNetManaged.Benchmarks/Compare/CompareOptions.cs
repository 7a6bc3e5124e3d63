using System.Collections.Immutable;
using System.Globalization;
using ResNetManaged.Benchmarks.Models;

namespace ResNetManaged.Benchmarks.Compare;

/// <summary>The command line of <c>compare</c>, except the options of <see cref="Selection"/>.</summary>
/// <param name="Models">The networks' names, or the paths of ONNX files.</param>
/// <param name="Batches">Images per call.</param>
/// <param name="Rounds">The number of turns of each library.</param>
/// <param name="Turn">The length of a turn.</param>
/// <param name="Peers">The peers to measure.</param>
/// <param name="Train">Whether to measure training steps instead of inference.</param>
/// <param name="Output">Where to save the results, in a folder for each processor; null to discard them.</param>
internal sealed record CompareOptions(
    IReadOnlyList<string> Models, IReadOnlyList<int> Batches, int Rounds, TimeSpan Turn, IReadOnlyList<Contender> Peers,
    bool Train, string? Output)
{
    private const string Usage = "usage: compare MODEL[,MODEL...]|FILE.onnx[,FILE.onnx...]|all [--batch 1,16] [--threads 1,2] [--rounds 5] [--seconds 1] "
        + "[--peers onnxruntime,libtorch] [--train] [--simd NAME] [--output FOLDER]";

    private const string TrainOption = "--train";

    /// <summary>With fewer rounds, a single disturbance moves the median.</summary>
    private const int FewestRoundsToKeep = 5;

    /// <summary>What <c>all</c> stands for.</summary>
    public static ImmutableArray<string> All { get; } =
    [
        "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "wide_resnet50_2", "cifar_resnet20",
    ];

    /// <summary>Parses the words after <c>compare</c>.</summary>
    /// <exception cref="ArgumentException">The command is invalid, or names a peer that cannot run here.</exception>
    public static CompareOptions Parse(string[] args)
    {
        bool train = args.Contains(TrainOption);
        string[] valued = [.. args.Where(arg => arg != TrainOption)];
        if (Selection.Parse(valued) is not [string models, .. string[] rest] || rest.Length % 2 != 0) throw new ArgumentException(Usage);
        CompareOptions options = new(models == "all" ? [.. All] : models.Split(','), Batches: [1], Rounds: FewestRoundsToKeep,
            Turn: TimeSpan.FromSeconds(1), Peers: [], train, Output: null);
        bool files = options.Models.Any(BenchmarkNetwork.IsFile);
        if (files && (train || !options.Models.All(BenchmarkNetwork.IsFile)))
            throw new ArgumentException($"compare got '{models}'{(train ? $" and {TrainOption}" : "")}; expected variants, or ONNX files in inference.");
        IReadOnlyList<Contender> known = train ? Contender.TrainingPeers : files ? Contender.FilePeers : Contender.Peers;
        IReadOnlyList<Contender>? peers = null;
        foreach (string[] option in rest.Chunk(2))
        {
            string value = option[1];
            switch (option[0])
            {
                case "--batch": options = options with { Batches = Array.ConvertAll(value.Split(','), part => Positive("--batch", part)) }; break;
                case "--rounds": options = options with { Rounds = Positive("--rounds", value) }; break;
                case "--seconds": options = options with { Turn = Seconds(value) }; break;
                case "--peers": peers = Array.ConvertAll(value.Split(','), key => Named(key, known)); break;
                case "--output": options = options with { Output = value }; break;
                default: throw new ArgumentException($"compare has no option {option[0]}. {Usage}");
            }
        }
        if (options is { Output: not null, Rounds: < FewestRoundsToKeep })
            throw new ArgumentException($"--rounds is {options.Rounds}; saved results need at least {FewestRoundsToKeep}.");
        return options with { Peers = peers ?? Available(known) };
    }

    /// <summary>What is compared.</summary>
    public CompareKind Kind => Train ? CompareKind.Train : Models.Any(BenchmarkNetwork.IsFile) ? CompareKind.Onnx : CompareKind.Compare;

    /// <summary>The batch to measure a network with: 16 means 8 for the two deepest and 128 for CIFAR networks; others are unchanged.</summary>
    public static int BatchOf(string model, int batch) => batch switch
    {
        16 when model is "resnet101" or "resnet152" => 8,
        16 when model.StartsWith("cifar_", StringComparison.Ordinal) => 128,
        _ => batch,
    };

    private static Contender Named(string key, IReadOnlyList<Contender> known)
    {
        Contender peer = known.FirstOrDefault(peer => peer.Key == key) ?? throw new ArgumentException(
            $"--peers has '{key}'; expected a comma-separated list of {string.Join(", ", known.Select(peer => peer.Key))}.");
        return peer.Unavailable() is string reason ? throw new ArgumentException(reason) : peer;
    }

    private static Contender[] Available(IReadOnlyList<Contender> known)
    {
        foreach (Contender peer in known)
            if (peer.Unavailable() is string reason) Console.WriteLine($"{peer.Name} is skipped. {reason}");
        return [.. known.Where(peer => peer.Unavailable() is null)];
    }

    private static int Positive(string option, string value) => int.TryParse(value, CultureInfo.InvariantCulture, out int number) && number > 0
        ? number
        : throw new ArgumentException($"{option} has '{value}'; expected a positive number.");

    private static TimeSpan Seconds(string value) => double.TryParse(value, CultureInfo.InvariantCulture, out double seconds) && seconds > 0
        ? TimeSpan.FromSeconds(seconds)
        : throw new ArgumentException($"--seconds is '{value}'; expected a positive number.");
}
