namespace ResNetManaged.Pretrained;

/// <summary>A file of weights that torchvision publishes. All are trained on ImageNet-1k and take crops of 224 x 224.</summary>
public sealed class TorchvisionWeights
{
    internal const string Prefix = "torchvision:";

    internal const string LicenseText = "torchvision's code is under the BSD 3-Clause license; for its weights, trained on ImageNet, "
        + "no separate license is stated, and ImageNet's own terms apply to its pictures";

    private const string V1 = "IMAGENET1K_V1", V2 = "IMAGENET1K_V2";

    internal TorchvisionWeights(string architecture, string version, string hash, double top1, double top5, int resize, bool isDefault)
    {
        Architecture = architecture;
        Version = version;
        HashPrefix = hash;
        Top1 = top1;
        Top5 = top5;
        Resize = resize;
        IsDefault = isDefault;
    }

    /// <summary>The network's name, the same as in ResNetManaged: <c>resnet50</c>.</summary>
    public string Architecture { get; }

    /// <summary>Which weights these are: <c>IMAGENET1K_V1</c> or <c>IMAGENET1K_V2</c>.</summary>
    public string Version { get; }

    /// <summary>The complete name, for <see cref="PretrainedNetworks.FetchAsync"/>: <c>torchvision:resnet50:IMAGENET1K_V2</c>.</summary>
    public string Name => $"{Prefix}{Architecture}:{Version}";

    /// <summary>The file's name: <c>resnet50-11ad3fa6.pth</c>.</summary>
    public string FileName => $"{Architecture}-{HashPrefix}.pth";

    /// <summary>The first eight hexadecimal digits of the file's SHA-256.</summary>
    public string HashPrefix { get; }

    /// <summary>Whether these are torchvision's default weights of the architecture.</summary>
    public bool IsDefault { get; }

    /// <summary>The length to which a picture's shorter edge is resized before the crop, bilinearly: 256 or 232.</summary>
    public int Resize { get; }

    /// <summary>The share of ImageNet's validation pictures whose class comes first, in percent, as torchvision states it.</summary>
    public double Top1 { get; }

    /// <summary>The share of ImageNet's validation pictures whose class is among the first five, in percent, as torchvision states it.</summary>
    public double Top5 { get; }

    /// <summary>Whether the classes are the thousand of ImageNet-1k, in the usual order.</summary>
    public bool IsImageNet1k { get; } = true;

    /// <summary>All of them. The hashes and accuracies are those of torchvision 0.14 and later.</summary>
    internal static IReadOnlyList<TorchvisionWeights> All { get; } =
    [
        Only("resnet18", "f37072fd", 69.758, 89.078),
        Only("resnet34", "b627a593", 73.314, 91.420),
        .. Both("resnet50", "0676ba61", 76.130, 92.862, "11ad3fa6", 80.858, 95.434),
        .. Both("resnet101", "63fe2227", 77.374, 93.546, "cd907fc2", 81.886, 95.780),
        .. Both("resnet152", "394f9c45", 78.312, 94.046, "f82ba261", 82.284, 96.002),
        .. Both("resnext50_32x4d", "7cdf4587", 77.618, 93.698, "1a0047aa", 81.198, 95.340),
        .. Both("resnext101_32x8d", "8ba56ff5", 79.312, 94.526, "110c445d", 82.834, 96.228),
        Only("resnext101_64x4d", "173b62eb", 83.246, 96.454, NewResize),
        .. Both("wide_resnet50_2", "95faca4d", 78.468, 94.086, "9ba9bcbe", 81.602, 95.758),
        .. Both("wide_resnet101_2", "32ee1156", 78.848, 94.284, "d733dc28", 82.510, 96.020),
    ];

    private const int OldResize = 256, NewResize = 232;

    private static TorchvisionWeights Only(string architecture, string hash, double top1, double top5, int resize = OldResize) =>
        new(architecture, V1, hash, top1, top5, resize, isDefault: true);

    private static TorchvisionWeights[] Both(
        string architecture, string hash1, double firstOf1, double fifthOf1, string hash2, double firstOf2, double fifthOf2) =>
    [
        new(architecture, V1, hash1, firstOf1, fifthOf1, OldResize, isDefault: false),
        new(architecture, V2, hash2, firstOf2, fifthOf2, NewResize, isDefault: true),
    ];
}
