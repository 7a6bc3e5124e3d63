using System.Buffers;
using System.Text;
using System.Text.Json;
using ResNetManaged.Layers.State;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization.Folders;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization;

/// <summary>The preprocessing in a safetensors file: the metadata entry <c>image_preset</c>, a JSON object.</summary>
internal static class CheckpointPreset
{
    /// <summary>The entry's name.</summary>
    public const string MetadataName = "image_preset";

    /// <summary>The longest side of an input that a file may ask for, since memory grows with its square.</summary>
    public const int LongestSide = 4096;

    /// <summary>The longest length to which a file may ask to resize a picture's shorter side.</summary>
    public const int LongestResize = 4 * LongestSide;

    private const string Expected = "expected crop, crop_mode, interpolation, mean, std, and resize or crop_pct";

    /// <summary>The preprocessing stored beside a network's tensors; null if there is none.</summary>
    /// <exception cref="CheckpointException">The entry is not valid.</exception>
    public static ImagePreset? Find(StateDict state) =>
        state.Metadata.TryGetValue(MetadataName, out string? text) ? Parse(state.Source, text) : null;

    /// <summary>Composes the entry's value.</summary>
    public static string Compose(ImagePreset preset)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            if (preset.CropPct is double share) json.WriteNumber("crop_pct", share);
            else if (preset.Resize is int side) json.WriteNumber("resize", side);
            Write(json, "crop", preset.Crop.Height, preset.Crop.Width);
            json.WriteString("crop_mode", NameOf(preset.CropMode));
            json.WriteString("interpolation", NameOf(preset.Interpolation));
            Write(json, "mean", preset.Mean.Red, preset.Mean.Green, preset.Mean.Blue);
            Write(json, "std", preset.Std.Red, preset.Std.Green, preset.Std.Blue);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>An enumeration's value as files and the command line spell it: <c>bicubic</c>.</summary>
    public static string NameOf<T>(T value) where T : struct, Enum => Enum.GetName(value)!.ToLowerInvariant();

    /// <summary>The value of a name; null if there is none.</summary>
    public static T? Named<T>(string? name) where T : struct, Enum
    {
        foreach (T value in Enum.GetValues<T>())
        {
            if (NameOf(value) == name) return value;
        }
        return null;
    }

    /// <summary>The member <c>crop_pct</c> of a JSON file; null if there is none.</summary>
    /// <param name="config">The file.</param>
    /// <param name="side">The crop's side in pixels.</param>
    /// <exception cref="CheckpointException">It is no share, or so small that pictures would have to grow beyond all use.</exception>
    public static double? CropPct(JsonFile config, int side) => config.Number("crop_pct") switch
    {
        null => null,
        > 0 and <= 1 and double share when side / share <= LongestResize => share,
        _ => throw config.Fail("crop_pct", $"expected a share above 0 and at most 1 for which pictures are resized to at most {LongestResize} pixels"),
    };

    private static ImagePreset Parse(string file, string text)
    {
        try
        {
            JsonElement json = JsonElement.Parse(text);
            JsonElement crop = json.GetProperty("crop");
            ImagePreset preset = new()
            {
                Resize = json.TryGetProperty("resize", out JsonElement resize) ? resize.GetInt32() : null,
                Crop = (crop[0].GetInt32(), crop[1].GetInt32()),
                CropMode = Named<CropMode>(json.GetProperty("crop_mode").GetString()) ?? throw new JsonException(),
                Interpolation = Named<Interpolation>(json.GetProperty("interpolation").GetString()) ?? throw new JsonException(),
                Mean = Values(json.GetProperty("mean")),
                Std = Values(json.GetProperty("std")),
            };
            if (json.TryGetProperty("crop_pct", out JsonElement share)) preset = preset with { CropPct = share.GetDouble() };
            return Math.Max(preset.Crop.Height, preset.Crop.Width) <= LongestSide && (preset.Resize ?? 1) <= LongestResize ? preset
                : throw new CheckpointException(file, MetadataName, $"asks for images of {preset.Crop.Height} x {preset.Crop.Width} pixels, resized to {preset.Resize}",
                    $"expected at most {LongestSide} per side, resized to at most {LongestResize}");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException
            or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            throw new CheckpointException(file, MetadataName, $"is '{UntrustedText.Printable(text)}'", Expected, exception);
        }
    }

    private static RgbValues Values(JsonElement json)
    {
        RgbValues values = new(json[0].GetSingle(), json[1].GetSingle(), json[2].GetSingle());
        return float.IsFinite(values.Red + values.Green + values.Blue) ? values : throw new JsonException();
    }

    private static void Write(Utf8JsonWriter json, string name, params ReadOnlySpan<float> values)
    {
        json.WriteStartArray(name);
        foreach (float value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
