using System.Globalization;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization.Classes;

namespace ResNetManaged.Serialization.Folders;

/// <summary>timm's <c>config.json</c>: the architecture, and in <c>pretrained_cfg</c> the preprocessing. Older files have both in one object.</summary>
internal static class TimmConfig
{
    public const string Architecture = "architecture", Pretrained = "pretrained_cfg";

    private const double DefaultCropPct = 0.875;
    private const string ImageNetTag = "in1k";
    private const int ImageNetCount = 1000;

    /// <summary>The configuration of the named architecture.</summary>
    /// <exception cref="CheckpointException">The architecture is unknown; the names of its tensors would not show how it differs from others.</exception>
    public static ResNetConfig ArchitectureOf(JsonFile config)
    {
        string name = config.Text(Architecture)!.Split('.')[0]; // without the tag of the weights, as in resnet50.a1_in1k
        return ResNetVariants.TryGet(name, out ResNetConfig? variant) ? variant
            : throw config.Fail(Architecture, "expected one of the names that 'resnet models' prints; name the network to load it as one of them");
    }

    /// <summary>
    /// The names in <c>label_names</c>, in the order of the logits; without them ImageNet's if the tag of the weights says so, as <c>a1_in1k</c> does;
    /// null if there are none.
    /// </summary>
    /// <exception cref="CheckpointException">The member is damaged, or does not match the number of classes.</exception>
    public static IReadOnlyList<string>? ClassNames(JsonFile config, int classes)
    {
        const string Name = "label_names";
        JsonFile owner = config.Find(Name) is null ? config.Within(Pretrained) : config;
        if (owner.Texts(Name) is not { } names)
        {
            string? tag = config.Within(Pretrained).Text("tag");
            return classes == ImageNetCount && tag?.EndsWith(ImageNetTag, StringComparison.Ordinal) == true ? ImageNetClasses.Names : null;
        }
        return names.Length == classes ? Array.ConvertAll(names, CheckpointClasses.Printable)
            : throw new CheckpointException(config.File, Name,
                string.Create(CultureInfo.InvariantCulture, $"has {names.Length} names"), $"the network has {classes} classes");
    }

    /// <summary>The preset for evaluation, as timm's <c>create_transform</c> makes it; null if the file has none, or for images without three channels.</summary>
    /// <exception cref="CheckpointException">A member is damaged or not supported.</exception>
    public static ImagePreset? Preset(JsonFile config)
    {
        JsonFile pretrained = config.Within(Pretrained);
        if (pretrained.Wholes("input_size") is not { } size || size is [not RgbImage.Channels, _, _]) return null;
        if (size is not [_, > 0 and <= CheckpointPreset.LongestSide, int width] || width != size[1])
            throw pretrained.Fail("input_size", $"expected {RgbImage.Channels} channels and a square of at most {CheckpointPreset.LongestSide} pixels");
        double share = pretrained.Number("crop_pct") ?? DefaultCropPct;
        if (share is not (> 0 and <= 1)) throw pretrained.Fail("crop_pct", "expected a share above 0 and at most 1");
        ImagePreset preset = new()
        {
            Crop = width,
            CropPct = share,
            CropMode = Named(pretrained, "crop_mode", CropMode.Center),
            Interpolation = Named(pretrained, "interpolation", Interpolation.Bicubic),
        };
        RgbValues std = pretrained.Colors("std") ?? preset.Std;
        if (std is not { Red: > 0, Green: > 0, Blue: > 0 }) throw pretrained.Fail("std", "expected three numbers above 0");
        return preset with { Mean = pretrained.Colors("mean") ?? preset.Mean, Std = std };
    }

    private static T Named<T>(JsonFile config, string name, T usual) where T : struct, Enum => config.Text(name) is not string text ? usual
        : CheckpointPreset.Named<T>(text) ?? throw config.Fail(name, $"expected {string.Join(", ", Enum.GetValues<T>().Select(CheckpointPreset.NameOf))}");
}
