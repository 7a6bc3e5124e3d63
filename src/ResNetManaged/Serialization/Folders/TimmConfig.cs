using System.Globalization;
using System.Text.Json;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization.Classes;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Folders;

/// <summary>timm's <c>config.json</c>: the architecture, and in <c>pretrained_cfg</c> the preprocessing. Older files have both in one object.</summary>
internal static class TimmConfig
{
    public const string Architecture = "architecture", Pretrained = "pretrained_cfg";

    private const string Labels = "label_names", InputSize = "input_size", Arguments = "model_args", Channels = "in_chans";

    private const double DefaultCropPct = 0.875;
    private const string ImageNetTag = "in1k";
    private const int ImageNetCount = 1000;

    /// <summary>Arguments of timm's models that change nothing at inference, or that the tensors show.</summary>
    private static readonly string[] Harmless =
        [Channels, "num_classes", "drop_rate", "drop_path_rate", "drop_block_rate", "zero_init_last", "global_pool", "output_stride", "pretrained", "img_size"];

    /// <summary>Whether the file is timm's, whole or in part.</summary>
    public static bool Matches(JsonFile config) =>
        config.Find(Architecture) is not null || config.Find(Pretrained) is not null || config.Find(Labels) is not null || config.Find(InputSize) is not null;

    /// <summary>The configuration of the named architecture; that of the tensors if none is named.</summary>
    /// <exception cref="CheckpointException">
    /// The architecture is unknown, so that the names of its tensors would not show how it differs from others; or the file contradicts the tensors.
    /// </exception>
    public static ResNetConfig Check(JsonFile config, ResNetConfig inferred)
    {
        ResNetConfig variant = inferred;
        if (config.Text(Architecture) is string architecture)
        {
            string name = architecture.Split('.')[0]; // without the tag of the weights, as in resnet50.a1_in1k
            variant = ResNetVariants.TryGet(name, out ResNetConfig? known) ? known
                : throw config.Fail(Architecture, "expected one of the names that 'resnet models' prints; name the network to load it as one of them");
        }
        if (config.Whole("num_classes") is int classes and > 0 && inferred.NumClasses > 0 && classes != inferred.NumClasses)
            throw config.Fail("num_classes", string.Create(CultureInfo.InvariantCulture, $"the tensors have {Counted.Classes(inferred.NumClasses)}"));
        JsonFile arguments = config.Find(Arguments) is null ? config : config.Within(Arguments);
        RequireChannels(config, inferred);
        RequireChannels(arguments, inferred);
        if (config.Find(Arguments) is { } given)
        {
            foreach (JsonProperty argument in given.EnumerateObject())
            {
                if (!Harmless.Contains(argument.Name))
                    throw new CheckpointException(config.File, Arguments, $"has '{UntrustedText.Printable(argument.Name)}'", $"expected only {string.Join(", ", Harmless)}");
            }
        }
        if (arguments.Whole("output_stride") is int stride)
            variant = stride is 8 or 16 or 32 ? variant with { OutputStride = stride } : throw arguments.Fail("output_stride", "expected 8, 16 or 32");
        JsonFile pool = arguments.Find("global_pool") is null ? config : arguments;
        return pool.Text("global_pool") switch
        {
            null or "avg" or "fast" => variant,
            "max" => variant with { GlobalPool = GlobalPooling.Max },
            "avgmax" => variant with { GlobalPool = GlobalPooling.AverageOfBoth },
            "catavgmax" => variant with { GlobalPool = GlobalPooling.Both },
            "" => throw pool.Fail("global_pool", "expected avg, max, avgmax or catavgmax, since a network's planes are always pooled; remove the entry to have their means"),
            _ => throw pool.Fail("global_pool", "expected avg, max, avgmax or catavgmax"),
        };
    }

    private static void RequireChannels(JsonFile config, ResNetConfig inferred)
    {
        if (config.Whole(Channels) is int channels && channels != inferred.InChannels)
            throw config.Fail(Channels, string.Create(CultureInfo.InvariantCulture, $"the tensors take {inferred.InChannels}"));
    }

    /// <summary>
    /// The names in <c>label_names</c>, in the order of the logits; without them ImageNet's if the tag of the weights says so, as <c>a1_in1k</c> does;
    /// null if there are none.
    /// </summary>
    /// <exception cref="CheckpointException">The member is damaged, or does not match the number of classes.</exception>
    public static IReadOnlyList<string>? ClassNames(JsonFile config, int classes)
    {
        JsonFile owner = config.Find(Labels) is null ? config.Within(Pretrained) : config;
        if (owner.Texts(Labels) is not { } names)
        {
            string? tag = config.Within(Pretrained).Text("tag");
            return classes == ImageNetCount && tag?.EndsWith(ImageNetTag, StringComparison.Ordinal) == true ? ImageNetClasses.Names : null;
        }
        return names.Length == classes ? Array.ConvertAll(names, CheckpointClasses.Printable)
            : throw new CheckpointException(config.File, Labels,
                $"has {Counted.Of(names.Length, "name")}", $"the network has {Counted.Classes(classes)}");
    }

    /// <summary>The preset for evaluation, as timm's <c>create_transform</c> makes it; null if the file has none, or for images without three channels.</summary>
    /// <param name="config">The file.</param>
    /// <param name="channels">The channels that the network takes.</param>
    /// <exception cref="CheckpointException">A member is damaged, not supported, or contradicts the network.</exception>
    public static ImagePreset? Preset(JsonFile config, int channels = RgbImage.Channels)
    {
        JsonFile pretrained = config.Within(Pretrained);
        if (pretrained.Wholes(InputSize) is not { } size) return null;
        if (size is not [_, > 0 and <= CheckpointPreset.LongestSide, int width] || width != size[1])
            throw pretrained.Fail(InputSize, $"expected the channels and a square of at most {CheckpointPreset.LongestSide} pixels");
        if (size[0] != channels && size[0] != RgbImage.Channels) // timm leaves the 3 of a network that it adapts to other channels
            throw pretrained.Fail(InputSize, string.Create(CultureInfo.InvariantCulture, $"the tensors take {channels} channels"));
        if (channels != RgbImage.Channels) return null;
        double share = CheckpointPreset.CropPct(pretrained, width) ?? DefaultCropPct;
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
