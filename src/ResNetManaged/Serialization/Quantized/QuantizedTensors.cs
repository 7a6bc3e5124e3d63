using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Tensors;

namespace ResNetManaged.Serialization.Quantized;

/// <summary>Tensors that a safetensors file stores as integers: <c>NAME</c> in I8, with a factor for each output channel in <c>NAME_scale</c>, in F32.</summary>
internal static class QuantizedTensors
{
    private const string Suffix = "_scale";

    /// <summary>The name of a tensor's scales.</summary>
    public static string ScaleName(string name) => name + Suffix;

    /// <summary>Whether a tensor has the scales of another.</summary>
    public static bool IsScaleOf(Dictionary<string, float[]> scales, string name) =>
        name.EndsWith(Suffix, StringComparison.Ordinal) && scales.ContainsKey(name[..^Suffix.Length]);

    /// <summary>Reads the scales of all tensors of integers, if the file says that it is quantized.</summary>
    /// <exception cref="CheckpointException">The scales do not fit, or are not positive.</exception>
    public static Dictionary<string, float[]> ReadScales(ByteSource source, SafetensorsHeader header, long dataStart)
    {
        Dictionary<string, float[]> scales = new(StringComparer.Ordinal);
        if (!header.Metadata.ContainsKey(QuantizationMetadata.Name)) return scales;
        Dictionary<string, SafetensorsEntry> entries = header.Entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
        foreach (SafetensorsEntry entry in header.Entries)
        {
            if (entry.Type != ElementType.Int8 || !entries.TryGetValue(ScaleName(entry.Name), out SafetensorsEntry? scale)) continue;
            if (scale.Type != ElementType.Float32 || entry.Shape.Rank == 0 || scale.Shape != [entry.Shape[0]])
            {
                throw new CheckpointException(source.Name, scale.Name, $"is {scale.Type} {scale.Shape}",
                    $"expected Float32, a number for each output channel of '{entry.Name}' {entry.Shape}");
            }
            source.CheckRange(dataStart + scale.Begin, (long)scale.Shape.ElementCount * sizeof(float), scale.Name);
            float[] values = new float[scale.Shape.ElementCount];
            new StoredElements(source, scale.Name, scale.Type, dataStart + scale.Begin).Read(values);
            if (Array.Exists(values, value => !(value > 0 && float.IsFinite(value))))
                throw new CheckpointException(source.Name, scale.Name, "has a scale that is not a positive number", "expected positive numbers");
            scales.Add(entry.Name, values);
        }
        return scales;
    }

    /// <summary>The integers that elements are multiples of their scales by.</summary>
    /// <param name="elements">The elements; those of a channel are consecutive.</param>
    /// <param name="scales">The scale of each channel.</param>
    public static sbyte[] Integers(ReadOnlySpan<float> elements, float[] scales)
    {
        sbyte[] integers = new sbyte[elements.Length];
        int perChannel = elements.Length / scales.Length;
        for (int i = 0; i < integers.Length; i++) integers[i] = (sbyte)QuantizedWeights.Integer(elements[i], scales[i / perChannel]);
        return integers;
    }
}
