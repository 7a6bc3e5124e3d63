using ResNetManaged.Preprocessing;

namespace ResNetManaged.Serialization.Classes;

/// <summary>The files of torchvision's networks for ImageNet. Their names contain the start of their hash, so no other file has them.</summary>
internal static class PublishedFiles
{
    private const int ImageNetClasses = 1000;

    /// <summary>Files whose pictures are resized to 256 before the crop.</summary>
    private static readonly HashSet<string> Old = new(StringComparer.Ordinal)
    {
        "resnet18-f37072fd", "resnet18-5c106cde", "resnet34-b627a593", "resnet34-333f7ec4", "resnet50-0676ba61", "resnet50-19c8e357",
        "resnet101-63fe2227", "resnet101-5d3b4d8f", "resnet152-394f9c45", "resnet152-b121ed2d", "resnext50_32x4d-7cdf4587",
        "resnext101_32x8d-8ba56ff5", "wide_resnet50_2-95faca4d", "wide_resnet101_2-32ee1156",
    };

    /// <summary>Files whose pictures are resized to 232: those of torchvision's newer recipe.</summary>
    private static readonly HashSet<string> New = new(StringComparer.Ordinal)
    {
        "resnet50-11ad3fa6", "resnet101-cd907fc2", "resnet152-f82ba261", "resnext50_32x4d-1a0047aa", "resnext101_32x8d-110c445d",
        "resnext101_64x4d-173b62eb", "wide_resnet50_2-9ba9bcbe", "wide_resnet101_2-d733dc28",
    };

    /// <summary>Whether a file's classes are ImageNet's.</summary>
    /// <param name="path">The file's path.</param>
    /// <param name="classes">The number of classes of its network.</param>
    public static bool HasImageNetClasses(string path, int classes) => classes == ImageNetClasses && PresetOf(path) is not null;

    /// <summary>How torchvision prepares pictures for a file's network; null for other files.</summary>
    /// <param name="path">The file's path.</param>
    public static ImagePreset? PresetOf(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return New.Contains(name) ? ImagePreset.ImageNetV2 : Old.Contains(name) ? ImagePreset.ImageNet : null;
    }
}
