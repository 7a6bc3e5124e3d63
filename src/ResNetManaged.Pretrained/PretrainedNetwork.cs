namespace ResNetManaged.Pretrained;

/// <summary>A network whose files are on this machine.</summary>
public sealed class PretrainedNetwork
{
    internal PretrainedNetwork(string name, string path, IReadOnlyList<PretrainedFile> files, bool isImageNet1k, string? license = null)
    {
        Name = name;
        Path = path;
        Files = files;
        IsImageNet1k = isImageNet1k;
        License = license;
    }

    /// <summary>The complete name: <c>torchvision:resnet50:IMAGENET1K_V2</c>, <c>hf:microsoft/resnet-50@main</c>, or the address.</summary>
    public string Name { get; }

    /// <summary>The full path of the file of weights; for a repository of Hugging Face, of the folder with all files.</summary>
    public string Path { get; }

    /// <summary>The full path of the file of weights; of their index if they are in several files.</summary>
    public string WeightsPath => Files[0].Path;

    /// <summary>All files; the first is <see cref="WeightsPath"/>.</summary>
    public IReadOnlyList<PretrainedFile> Files { get; }

    /// <summary>The length of all files together, in bytes.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);

    /// <summary>The SHA-256 of <see cref="WeightsPath"/> as 64 lowercase hexadecimal digits; null from <see cref="PretrainedNetworks.Find"/>.</summary>
    public string? Sha256 => Files[0].Sha256;

    /// <summary>
    /// Whether the classes are the thousand of ImageNet-1k, in the usual order: always for torchvision; for Hugging Face if the repository's config.json
    /// says so.
    /// </summary>
    public bool IsImageNet1k { get; }

    /// <summary>torchvision's facts about these weights; null for networks from elsewhere.</summary>
    public TorchvisionWeights? Torchvision { get; internal init; }

    /// <summary>What is known about the license, in a sentence or as an identifier such as <c>apache-2.0</c>; null if nothing is.</summary>
    public string? License { get; }
}
