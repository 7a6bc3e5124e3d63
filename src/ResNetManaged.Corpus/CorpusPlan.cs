using System.Globalization;
using ResNetManaged.Corpus.Inputs;
using ResNetManaged.Corpus.Planning;
using ResNetManaged.Imaging;
using ResNetManaged.Models;

namespace ResNetManaged.Corpus;

/// <summary>A corpus divided into shards, and the network that computes them. It is in a folder and never changes.</summary>
/// <remarks>
/// The folder has <c>plan.json</c>, <c>shards.jsonl</c> with a line per shard, <c>items.jsonl</c> with a line per listed picture, <c>shards/</c> with the
/// results and <c>work/</c> with what is being computed. Immutable and thread-safe.
/// </remarks>
public sealed class CorpusPlan
{
    private readonly PlanFile _file;
    private readonly IReadOnlyList<PlannedShard> _shards;

    internal CorpusPlan(string folder, PlanFile file, IReadOnlyList<PlannedShard> shards) => (Folder, _file, _shards) = (folder, file, shards);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Identifies the plan: a hash of everything in it.</summary>
    public string Id => _file.Id;

    /// <summary>The number of shards.</summary>
    public int ShardCount => _shards.Count;

    /// <summary>The number of pictures; null if a tar file was not counted.</summary>
    public long? Items => _shards.All(shard => shard.Count is not null) ? _shards.Sum(shard => shard.Count!.Value) : null;

    /// <summary>The number of classes written for each picture; 0 if vectors are written.</summary>
    public int Classes => _file.Classes;

    /// <summary>How vectors are written.</summary>
    public VectorFormat Format => _file.Format;

    /// <summary>The number of elements of a vector; 0 if classes are written.</summary>
    public int Dimensions => _file.Dimensions;

    /// <summary>Identifies the network: a hash of its weights, the preprocessing and the arithmetic.</summary>
    public string Network => _file.Network;

    /// <summary>What the user calls the network.</summary>
    public string Weights => _file.Weights;

    /// <summary>The vector width, which is the same on all machines so that results have the same bits.</summary>
    public SimdPath Simd => _file.Simd;

    /// <summary>The precision.</summary>
    public Precision Precision => _file.Precision;

    /// <summary>How image files are read.</summary>
    public ImageFileOptions Reading => new() { Upright = _file.Upright, PixelCap = _file.PixelCap };

    /// <summary>What the program that planned needs to load the network again.</summary>
    public IReadOnlyDictionary<string, string> Settings => _file.Settings;

    /// <summary>Plans a corpus: finds its inputs, divides them into shards, and writes the plan. Pictures are not read.</summary>
    /// <remarks>Planning the same again changes nothing. Lists are read line by line, so memory depends on the number of shards only; folders are sorted in memory.</remarks>
    /// <param name="folder">The folder for the plan and the results; it is created.</param>
    /// <param name="network">The network, in evaluation mode, with three input channels.</param>
    /// <param name="options">What to plan.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="CorpusException">An input is missing or has no pictures, or the folder has a different plan.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <exception cref="ArgumentException">The network does not fit, or an option is out of range.</exception>
    public static CorpusPlan Create(string folder, ImageNetwork network, CorpusOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Classes, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ShardSize, 1, nameof(options));
        return Planner.Create(Path.GetFullPath(folder), PlanFile.Of(network, options), options);
    }

    /// <summary>Reads a plan.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>The plan.</returns>
    /// <exception cref="CorpusException">The folder has no plan, or it is damaged.</exception>
    public static CorpusPlan Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Planner.Load(Path.GetFullPath(folder));
    }

    /// <summary>Where the finished files of shards are.</summary>
    internal string ShardFolder => Path.Combine(Folder, "shards");

    /// <summary>Where files are while they are being computed.</summary>
    internal string WorkFolder => Path.Combine(Folder, "work");

    /// <summary>The name of a shard's files: its number with leading zeros.</summary>
    internal static string NameOf(int shard) => shard.ToString("D6", CultureInfo.InvariantCulture);

    /// <summary>The path of a shard's file.</summary>
    internal string PathOf(int shard, string extension) => Path.Combine(ShardFolder, NameOf(shard) + extension);

    /// <summary>Where the pictures of a shard are.</summary>
    internal ShardInput InputOf(int shard)
    {
        PlannedShard planned = _shards[shard];
        return planned.Tar is string tar ? new TarPictures(shard, tar, planned.Bytes, planned.Count)
            : new ListedPictures(shard, Path.Combine(Folder, Planner.ItemsName), planned.Offset, planned.Count!.Value);
    }

    /// <summary>Checks a number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such shard.</exception>
    internal void Require(int shard)
    {
        if (shard < 0 || shard >= ShardCount)
            throw new ArgumentOutOfRangeException(nameof(shard), shard, $"The corpus has shards 0 to {ShardCount - 1}.");
    }
}
