using System.Text.Json;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Quantization;

namespace ResNetManaged.Cli.Reports;

/// <summary>What quantization did to a network's predictions.</summary>
/// <param name="Network">The quantized network.</param>
/// <param name="Measured">The pictures measured.</param>
/// <param name="Changed">The share of them whose predicted class changed.</param>
/// <param name="Top1Float">The accuracy before; null without labels.</param>
/// <param name="Top1Int8">The accuracy after; null without labels.</param>
internal sealed record QuantizationResult(QuantizedNetwork Network, int Measured, double Changed, double? Top1Float, double? Top1Int8)
{
    /// <summary>The name of the calibration method.</summary>
    public string Calibration { get; init; } = "";

    /// <summary>The pictures that ranges and scales come from.</summary>
    public int CalibrationPictures { get; init; }

    /// <summary>The size of the file.</summary>
    public long FileBytes { get; init; }

    /// <summary>The accuracy lost; null without labels.</summary>
    public double? Top1Loss => Top1Float - Top1Int8;

    /// <summary>Compares predictions.</summary>
    public static QuantizationResult Of(QuantizedNetwork network, CalibrationPictures pictures, int[] before, int[] after)
    {
        int count = before.Length;
        double Share(Func<int, bool> counts) => Enumerable.Range(0, count).Count(counts) / (double)Math.Max(1, count);
        double? Accuracy(int[] predicted) => pictures.AreLabeled && count > 0 ? Share(i => predicted[i] == pictures.LabelOf(pictures.Measured[i])) : null;
        return new QuantizationResult(network, count, Share(i => before[i] != after[i]), Accuracy(before), Accuracy(after));
    }

    /// <summary>Writes the figures as members of a JSON object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteNumber("layers", Network.Layers.Count);
        json.WriteString("calibration", Calibration);
        json.WriteNumber("images", CalibrationPictures);
        json.WriteNumber("measured", Measured);
        if (Measured > 0) json.WriteNumber("unchanged", Percent(1 - Changed));
        if (Top1Float is double before) json.WriteNumber("top1_float", Percent(before));
        if (Top1Int8 is double after) json.WriteNumber("top1_int8", Percent(after));
        json.WriteNumber("weight_bytes", FileBytes);
        json.WriteStartArray("kept_float");
        foreach (string layer in Network.KeptFloat) json.WriteStringValue(layer);
        json.WriteEndArray();
    }

    private static double Percent(double share) => Math.Round(100 * share, 4);
}
