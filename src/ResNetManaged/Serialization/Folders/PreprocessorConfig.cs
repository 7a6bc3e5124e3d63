using System.Globalization;
using System.Text.Json;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Serialization.Folders;

/// <summary>Transformers' <c>preprocessor_config.json</c> as an <see cref="ImagePreset"/>.</summary>
/// <remarks>
/// A ConvNextImageProcessor, which ResNets have, resizes the shorter side to int(S / crop_pct) and crops S x S if S is below 384, and else resizes both sides
/// to S. Other processors have a <c>crop_size</c>, or a <c>size</c> with height and width, to which they resize both sides.
/// </remarks>
internal static class PreprocessorConfig
{
    /// <summary>From this size on, a ConvNextImageProcessor distorts instead of cropping.</summary>
    public const int FirstSquashed = 384;

    private const double DefaultCropPct = 224.0 / 256;
    private const double Scale = 1.0 / byte.MaxValue;
    private const double ScaleTolerance = 1e-6; // files have 0.00392156862745098

    /// <summary>PIL's numbers of the filters.</summary>
    public static readonly Interpolation[] Filters =
    [
        Interpolation.Nearest, Interpolation.Lanczos, Interpolation.Bilinear, Interpolation.Bicubic, Interpolation.Box, Interpolation.Hamming,
    ];

    /// <summary>The preset that the file describes.</summary>
    /// <exception cref="CheckpointException">The file is damaged or incomplete, or describes something else.</exception>
    public static ImagePreset Preset(JsonFile config)
    {
        int filter = config.Whole("resample") ?? Array.IndexOf(Filters, Interpolation.Bilinear);
        if (filter >= Filters.Length) throw config.Fail("resample", $"expected 0 to {Filters.Length - 1}, PIL's numbers of filters");
        ImagePreset preset = Sized(config) with { Interpolation = Filters[filter] };
        if (config.Flag("do_resize") is false) preset = preset with { Resize = null };
        (RgbValues mean, RgbValues std) = Normalization(config);
        return preset with { Mean = mean, Std = std };
    }

    private static ImagePreset Sized(JsonFile config)
    {
        (Size2D size, bool isShorterSide) = Size(config, "size") ?? throw config.Fail("size", "expected a number of pixels");
        Size2D? crop = config.Flag("do_center_crop") is true ? Size(config, "crop_size")?.Size : null;
        bool isConvNext = crop is null || (config.Text("image_processor_type") ?? config.Text("feature_extractor_type"))?.StartsWith("ConvNext", StringComparison.Ordinal) is true;
        if (!isShorterSide || isConvNext && size.Height >= FirstSquashed)
            return new ImagePreset { Crop = crop ?? size, Resize = Math.Min(size.Height, size.Width), CropMode = CropMode.Squash };
        if (!isConvNext) return new ImagePreset { Crop = crop!.Value, Resize = size.Height };
        return new ImagePreset { Crop = size, CropPct = CheckpointPreset.CropPct(config, size.Height) ?? DefaultCropPct };
    }

    /// <summary>A size: a number or <c>{"shortest_edge"}</c> for the shorter side, or <c>{"height", "width"}</c>.</summary>
    private static (Size2D Size, bool IsShorterSide)? Size(JsonFile config, string name)
    {
        if (config.Find(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Object) return (Checked(config.Whole(name), config.Whole(name)), true);
        JsonFile parts = new(config.File, value);
        return parts.Whole("shortest_edge") is int edge ? (Checked(edge, edge), true) : (Checked(parts.Whole("height"), parts.Whole("width")), false);

        Size2D Checked(int? height, int? width) => height is > 0 and <= CheckpointPreset.LongestSide && width is > 0 and <= CheckpointPreset.LongestSide
            ? (height.Value, width.Value)
            : throw config.Fail(name, string.Create(CultureInfo.InvariantCulture, $"expected 1 to {CheckpointPreset.LongestSide} pixels"));
    }

    /// <summary>The mean and standard deviation of pixels scaled to 0..1, which include a scale other than 1 / 255.</summary>
    private static (RgbValues Mean, RgbValues Std) Normalization(JsonFile config)
    {
        RgbValues mean = new(0, 0, 0), std = new(1, 1, 1);
        if (config.Flag("do_normalize") is not false)
        {
            mean = config.Colors("image_mean") ?? throw config.Fail("image_mean", "expected three numbers");
            std = config.Colors("image_std") ?? throw config.Fail("image_std", "expected three numbers");
        }
        double scale = (config.Flag("do_rescale") is false ? 1 : config.Number("rescale_factor") ?? Scale) / Scale;
        if (!(scale > 0)) throw config.Fail("rescale_factor", "expected a number above 0");
        if (Math.Abs(scale - 1) > ScaleTolerance) (mean, std) = (Divided(mean, scale), Divided(std, scale));
        return std is { Red: > 0, Green: > 0, Blue: > 0 } ? (mean, std) : throw config.Fail("image_std", "expected three numbers above 0");
    }

    private static RgbValues Divided(RgbValues values, double scale) =>
        new((float)(values.Red / scale), (float)(values.Green / scale), (float)(values.Blue / scale));
}
