using System.Globalization;
using ResNetManaged.Cli.Errors;
using ResNetManaged.Inference;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;

namespace ResNetManaged.Cli.Output;

/// <summary>Says what a checkpoint holds, a fact a line.</summary>
internal static class WeightsDescription
{
    private const int NamesListed = 5;

    /// <summary>Writes the facts.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="model">A network that was loaded from a file.</param>
    public static void Write(TextWriter output, ResNet model)
    {
        CheckpointOrigin origin = model.Origin!;
        ResNetConfig config = model.Config;
        Line(output, "file", string.Create(CultureInfo.InvariantCulture, $"{ErrorText.OneLine(origin.File)}, {new FileInfo(origin.File).Length:N0} bytes"));
        if (origin.Container is { } container) Line(output, "container", container);
        Line(output, "names", origin.Prefix.Length == 0 ? origin.Dialect : $"{origin.Dialect}, after the prefix '{ErrorText.OneLine(origin.Prefix)}'");
        Line(output, "network", NameOf(config));
        Line(output, "input", string.Create(CultureInfo.InvariantCulture, $"{config.InChannels} channels, usually {config.InputSize} x {config.InputSize}"));
        Line(output, "head", config.NumClasses == 0
            ? string.Create(CultureInfo.InvariantCulture, $"none: it computes {model.FeatureCount} features, but no classes")
            : string.Create(CultureInfo.InvariantCulture, $"{ErrorText.OneLine(origin.Head ?? "unknown")}, {model.FeatureCount} features to {config.NumClasses} classes"));
        if (config.NumClasses > 0) Line(output, "classes", Classes(model.ClassNames));
        if (config.InChannels == RgbImage.Channels) Line(output, "pictures", Pictures(ImageModel.PresetOf(model)) + (model.Preset is null ? ", as usual" : ""));
        if (origin.Dropped.Count > 0) Line(output, "left out", string.Join(", ", origin.Dropped));
        foreach (string note in origin.Notes) Line(output, "note", note);
    }

    private static string NameOf(ResNetConfig config) => ResNetVariants.NameOf(config)
        ?? $"an unnamed ResNet of {string.Join(", ", config.Depths)} blocks, {config.Block.Name}, of widths {string.Join(", ", config.Widths)}";

    private static string Classes(IReadOnlyList<string>? names)
    {
        if (names is null) return "without names; --classes gives them";
        string first = string.Join(", ", names.Take(NamesListed));
        return names.Count <= NamesListed ? first : string.Create(CultureInfo.InvariantCulture, $"{first} and {names.Count - NamesListed} more");
    }

    private static string Pictures(ImagePreset preset)
    {
        string resize = preset.CropMode == CropMode.Squash ? "squashed" : preset.Resize is int side ? $"resized to {side.ToString(CultureInfo.InvariantCulture)}" : "as they are";
        return string.Create(CultureInfo.InvariantCulture, $"{resize}, {CheckpointPreset.NameOf(preset.Interpolation)}, {CheckpointPreset.NameOf(preset.CropMode)} crop of "
            + $"{preset.Crop.Height} x {preset.Crop.Width}, mean {Colors(preset.Mean)}, std {Colors(preset.Std)}");
    }

    private static string Colors(RgbValues values) => string.Create(CultureInfo.InvariantCulture, $"{values.Red:0.####} {values.Green:0.####} {values.Blue:0.####}");

    private static void Line(TextWriter output, string name, string value) => output.WriteLine($"{name,-9}  {value}");
}
