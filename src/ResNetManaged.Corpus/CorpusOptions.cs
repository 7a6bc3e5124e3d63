using ResNetManaged.Imaging;

namespace ResNetManaged.Corpus;

/// <summary>What <see cref="CorpusPlan.Create"/> plans.</summary>
public sealed record CorpusOptions
{
    /// <summary>The pictures of a shard when folders and lists are divided: 10,000.</summary>
    public const int DefaultShardSize = 10_000;

    /// <summary>
    /// The inputs, in order: folders of pictures or of tar files, tar files, pictures, and lists of pictures (<c>.txt</c>, <c>.csv</c>, <c>.jsonl</c>). Braces
    /// expand: <c>data/{000..999}.tar</c>, <c>{train,test}/</c>.
    /// </summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>The number of classes to write for each picture; 0 to write vectors instead.</summary>
    public int Classes { get; init; }

    /// <summary>How vectors are written; classes are always JSON lines.</summary>
    public VectorFormat Format { get; init; }

    /// <summary>The pictures of a shard when folders and lists are divided, at least 1. A tar file is always one shard.</summary>
    public int ShardSize { get; init; } = DefaultShardSize;

    /// <summary>The column of CSV and JSON lines that holds the path of a picture; null for the first of <c>file</c>, <c>path</c>, <c>image</c> that there is.</summary>
    public string? Column { get; init; }

    /// <summary>Whether to count the pictures of tar files, which reads their headers. A run then fails if a file has another number of pictures.</summary>
    public bool CountsArchives { get; init; }

    /// <summary>Limits for decoding; null for the defaults.</summary>
    public ImageFileOptions? Reading { get; init; }

    /// <summary>Threads, vector width and precision; null for <see cref="ExecutionOptions.Default"/>. The plan keeps the width and the precision, which determine bits.</summary>
    public ExecutionOptions? Execution { get; init; }

    /// <summary>What the user calls the network, for messages.</summary>
    public string Weights { get; init; } = "the network";

    /// <summary>Anything that the program needs to load the network again; kept in the plan as it is.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
