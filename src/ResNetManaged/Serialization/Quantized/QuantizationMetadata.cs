using System.Buffers;
using System.Text;
using System.Text.Json;
using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Plans.Quantization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Quantized;

/// <summary>How a network is quantized, in a safetensors file: the metadata entry <c>quantization</c>, a JSON object.</summary>
/// <remarks>
/// <c>activations</c> has, for each, its scale, its zero point and its largest byte; <c>weights</c> the largest integer of each layer that computes on
/// bytes; <c>calibration</c> strings about how both were found, for people.
/// </remarks>
internal static class QuantizationMetadata
{
    /// <summary>The entry's name.</summary>
    public const string Name = "quantization";

    private const string Activations = "activations", Weights = "weights", Calibration = "calibration";

    /// <summary>Saves a quantized network, with what else its file says.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The network.</param>
    /// <param name="quantization">How it is quantized.</param>
    /// <param name="metadata">The other entries.</param>
    /// <param name="calibration">How the ranges and scales were found.</param>
    public static void Save(string path, ImageNetwork model, NetworkQuantization quantization, Dictionary<string, string> metadata,
        IReadOnlyDictionary<string, string> calibration)
    {
        Dictionary<string, WeightScales> layers = [];
        foreach ((string name, Parameter parameter) in model.NamedParameters())
            if (quantization.Weights.TryGetValue(parameter, out WeightScales? scales)) layers.TryAdd(name, scales);
        StateDict state = new();
        foreach ((string name, Tensor tensor) in model.StateDict())
        {
            state.Add(name, tensor);
            if (layers.TryGetValue(name, out WeightScales? scales)) state.Add(QuantizedTensors.ScaleName(name), Tensor.FromArray(scales.Scales, [scales.Scales.Length]));
        }
        metadata[Name] = Compose(quantization, layers, calibration);
        Safetensors.WriteQuantized(path, state, metadata, layers.ToDictionary(layer => layer.Key, layer => layer.Value.Scales));
    }

    /// <summary>Quantizes a network as its file says, if it says so.</summary>
    /// <param name="model">The network, with the file's tensors.</param>
    /// <param name="state">The file's tensors.</param>
    /// <exception cref="CheckpointException">The entry is not valid, or belongs to another network.</exception>
    public static void Apply(ImageNetwork model, StateDict state)
    {
        if (!state.Metadata.TryGetValue(Name, out string? text)) return;
        try
        {
            JsonElement json = JsonElement.Parse(text);
            Dictionary<string, QuantizedRange> ranges = [];
            foreach (JsonProperty activation in json.GetProperty(Activations).EnumerateObject()) ranges.Add(activation.Name, Range(activation.Value));
            Dictionary<string, Parameter> parameters = model.NamedParameters().ToDictionary(named => named.Path, named => named.Parameter);
            Dictionary<StateTensor, WeightScales> layers = [];
            foreach (JsonProperty layer in json.GetProperty(Weights).EnumerateObject())
            {
                int max = layer.Value.GetInt32();
                if (max is not (QuantizedWeights.Max7Bits or QuantizedWeights.Max8Bits)) throw new JsonException();
                if (!state.WeightScales.TryGetValue(layer.Name, out float[]? scales) || !parameters.TryGetValue(layer.Name, out Parameter? parameter))
                {
                    throw new CheckpointException(state.Source, Name, $"describes '{UntrustedText.Printable(layer.Name)}'",
                        "expected a tensor of the network, of integers with scales");
                }
                layers.TryAdd(parameter, new WeightScales(scales, max));
            }
            model.Quantize(new NetworkQuantization(ranges, layers));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException
            or ArgumentException or IndexOutOfRangeException)
        {
            throw new CheckpointException(state.Source, Name, $"is '{UntrustedText.Printable(text)}'",
                "expected activations with scale, zero point and largest byte, and weights with 63 or 127", exception);
        }
    }

    private static QuantizedRange Range(JsonElement json)
    {
        QuantizedRange range = new(json[0].GetSingle(), json[1].GetInt32(), json[2].GetInt32());
        bool isValid = range.Scale > 0 && float.IsFinite(range.Scale) && range.Max is (QuantizedRange.Max7Bits or QuantizedRange.Max8Bits)
            && range.ZeroPoint >= 0 && range.ZeroPoint <= range.Max;
        return isValid ? range : throw new JsonException();
    }

    private static string Compose(NetworkQuantization quantization, Dictionary<string, WeightScales> layers, IReadOnlyDictionary<string, string> calibration)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(Activations);
            foreach ((string key, QuantizedRange range) in quantization.Activations.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                json.WriteStartArray(key);
                json.WriteNumberValue(range.Scale);
                json.WriteNumberValue(range.ZeroPoint);
                json.WriteNumberValue(range.Max);
                json.WriteEndArray();
            }
            json.WriteEndObject();
            json.WriteStartObject(Weights);
            foreach ((string name, WeightScales scales) in layers) json.WriteNumber(name, scales.Max);
            json.WriteEndObject();
            json.WriteStartObject(Calibration);
            foreach ((string name, string value) in calibration.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(name, value);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
