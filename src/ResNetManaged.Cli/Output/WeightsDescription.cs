using ResNetManaged.Cli.Errors;
using ResNetManaged.Inference;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Cli.Output;

/// <summary>Says what a checkpoint holds, a fact a line.</summary>
internal static class WeightsDescription
{
    private const int NamesListed = 5;

    /// <summary>Writes the facts.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="model">A network that was loaded from a file.</param>
    public static void Write(TextWriter output, ImageNetwork model)
    {
        CheckpointOrigin origin = model.Origin!;
        string length = FileKind.LengthOf(origin.File) is long bytes and > 0 ? Text($", {bytes:N0} bytes") : ""; // a pipe has none
        Line(output, "file", ErrorText.OneLine(origin.File) + length);
        if (origin.Container is { } container) Line(output, "container", container);
        Line(output, "names", origin.Prefix.Length == 0
            ? origin.Dialect
            : $"{origin.Dialect}, after the prefix '{ErrorText.OneLine(origin.Prefix)}'");
        Line(output, "network", NameOf(model));
        Line(output, "input", Text($"{Counted.Of(model.InChannels, "channel")}, usually {model.UsualSide} x {model.UsualSide}"));
        Line(output, "head", model.NumClasses == 0
            ? Text($"none: it computes {Counted.Of(model.FeatureCount, "feature")}, but no classes")
            : Text($"{ErrorText.OneLine(origin.Head ?? "unknown")}, {Counted.Of(model.FeatureCount, "feature")} to {Counted.Classes(model.NumClasses)}"));
        if (model.NumClasses > 0) Line(output, "classes", Classes(model.ClassNames));
        if (model.InChannels == RgbImage.Channels)
            Line(output, "pictures", Pictures(ImageModel.PresetOf(model)) + (model.Preset is null ? ", as usual" : ""));
        if (origin.Dropped.Count > 0) Line(output, "left out", string.Join(", ", origin.Dropped));
        foreach (string note in origin.Notes) Line(output, "note", note);
    }

    private static string NameOf(ImageNetwork model) => model is ResNet network && ResNetVariants.NameOf(network.Config) is null
        ? $"an unnamed ResNet of {string.Join(", ", network.Config.Depths)} blocks, {network.Config.Block.Name}, of widths {string.Join(", ", network.Config.Widths)}"
        : model.Title;

    private static string Classes(IReadOnlyList<string>? names)
    {
        if (names is null) return "without names; --classes gives them";
        string first = string.Join(", ", names.Take(NamesListed));
        return names.Count <= NamesListed ? first : Text($"{first} and {names.Count - NamesListed} more");
    }

    private static string Pictures(ImagePreset preset)
    {
        string resize = preset.CropMode == CropMode.Squash ? "squashed" : preset.Resize is int side ? Text($"resized to {side}") : "as they are";
        return Text($"{resize}, {CheckpointPreset.NameOf(preset.Interpolation)}, {CheckpointPreset.NameOf(preset.CropMode)} crop of ")
            + Text($"{preset.Crop.Height} x {preset.Crop.Width}, mean {Colors(preset.Mean)}, std {Colors(preset.Std)}");
    }

    private static string Colors(RgbValues values) => Text($"{values.Red:0.####} {values.Green:0.####} {values.Blue:0.####}");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private static void Line(TextWriter output, string name, string value) => output.WriteLine($"{name,-9}  {value}");
}
