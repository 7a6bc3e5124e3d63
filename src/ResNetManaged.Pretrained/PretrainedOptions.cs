namespace ResNetManaged.Pretrained;

/// <summary>Where networks are kept and how they are downloaded. The defaults follow the environment.</summary>
public sealed class PretrainedOptions
{
    /// <summary>The folder for the network's files instead of the cache; null for the cache.</summary>
    public string? Folder { get; init; }

    /// <summary>
    /// The cache; null for RESNETMANAGED_CACHE, or else the folder <c>resnetmanaged</c> in the user's folder for caches: XDG_CACHE_HOME or <c>~/.cache</c>,
    /// <c>~/Library/Caches</c> on macOS, <c>%LOCALAPPDATA%</c> on Windows.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>Whether files in the caches of PyTorch and huggingface_hub are used; true by default.</summary>
    public bool UseOtherCaches { get; init; } = true;

    /// <summary>The SHA-256 that the file of weights must have, as 64 hexadecimal digits; null to check only the hash that the source publishes.</summary>
    public string? Sha256 { get; init; }

    /// <summary>
    /// The address of torchvision's files or a mirror; null for RESNETMANAGED_TORCHVISION, or else <c>https://download.pytorch.org/models/</c>.
    /// </summary>
    public Uri? TorchvisionEndpoint { get; init; }

    /// <summary>The address of Hugging Face or a mirror; null for HF_ENDPOINT, or else <c>https://huggingface.co</c>.</summary>
    public Uri? HuggingFaceEndpoint { get; init; }

    /// <summary>The token for private and gated repositories; null for HF_TOKEN. It is sent only to the endpoint's host.</summary>
    public string? HuggingFaceToken { get; init; }

    /// <summary>How often a request is tried in a row without receiving anything new; 6 by default.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>The pause before the second attempt; it doubles with each further one, up to a minute. 1 s by default.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a server may send nothing before the connection counts as broken; 60 s by default.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The length of the largest file to accept, in bytes; 32 GiB by default.</summary>
    public long MaxFileBytes { get; init; } = 32L << 30;

    /// <summary>Reads an environment variable; tests replace it.</summary>
    internal Func<string, string?> Variable { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>The bytes that are free where a path is; tests replace it.</summary>
    internal Func<string, long>? FreeBytes { get; init; }

    /// <summary>The value of an environment variable; null if it is not set or empty.</summary>
    internal string? Setting(string name) => Variable(name) is { Length: > 0 } value ? value : null;
}
