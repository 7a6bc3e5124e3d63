using ResNetManaged.Pretrained.Names;

namespace ResNetManaged.Pretrained.Storage;

/// <summary>The folders in which networks are kept: our cache, and those of PyTorch and huggingface_hub.</summary>
internal sealed class CacheFolders(PretrainedOptions options)
{
    private const string OurName = "resnetmanaged";

    /// <summary>Our cache.</summary>
    public string Root { get; } = Path.GetFullPath(options.CacheFolder
        ?? options.Setting("RESNETMANAGED_CACHE") ?? Path.Combine(PlatformCache(options), OurName));

    /// <summary>The folder of torchvision's files.</summary>
    public string Torchvision => Path.Combine(Root, "torchvision");

    /// <summary>PyTorch's folder of downloaded files.</summary>
    public string Torch { get; } = Path.Combine(options.Setting("TORCH_HOME") ?? Path.Combine(UnixCache(options), "torch"), "hub", "checkpoints");

    /// <summary>huggingface_hub's folder.</summary>
    public string HuggingFace { get; } = options.Setting("HF_HUB_CACHE")
        ?? Path.Combine(options.Setting("HF_HOME") ?? Path.Combine(UnixCache(options), "huggingface"), "hub");

    /// <summary>The folder of a repository in our cache.</summary>
    public string Repository(PretrainedName.HubName name) => Path.Combine(Root, "huggingface", $"{name.Owner}--{name.Repository}");

    /// <summary>The folder of the file at an address in our cache.</summary>
    public string Address(PretrainedName.AddressName name) => Path.Combine(Root, "addresses", FileHash.Short(name.Address.AbsoluteUri));

    private static string PlatformCache(PretrainedOptions options) =>
        OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
        : OperatingSystem.IsMacOS() ? Path.Combine(Home(options), "Library", "Caches")
        : UnixCache(options);

    private static string UnixCache(PretrainedOptions options) => options.Setting("XDG_CACHE_HOME") ?? Path.Combine(Home(options), ".cache");

    private static string Home(PretrainedOptions options) =>
        (OperatingSystem.IsWindows() ? null : options.Setting("HOME")) ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
}
