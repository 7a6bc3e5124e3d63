using System.Buffers.Binary;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization.Quantized;

namespace ResNetManaged.Serialization;

/// <summary>Reads safetensors: the length of a JSON header in 8 bytes, the header, and the elements of all tensors without gaps.</summary>
/// <remarks>Format: github.com/huggingface/safetensors, README. The format requires that the tensors cover the data exactly.</remarks>
internal static class SafetensorsReader
{
    public const int SignatureLength = LengthBytes + 1;

    private const int LengthBytes = 8;
    private const int MaxHeaderLength = 1 << 24; // 16 MiB; a ResNet's is below 1 MiB, and the parsed header takes ten times its length

    /// <summary>Whether a file starts like safetensors: a length, followed by JSON.</summary>
    public static bool Matches(ReadOnlySpan<byte> start) => start.Length > LengthBytes && start[LengthBytes] == '{';

    public static StateDict Read(ByteSource source)
    {
        SafetensorsHeader header = ReadHeader(source, out long dataStart);
        CheckCoverage(source, header.Entries, source.Length - dataStart);
        TensorReader reader = new(source);
        Dictionary<string, float[]> scales = QuantizedTensors.ReadScales(source, header, dataStart);
        StateDict tensors = new() { Source = source.Name, Metadata = header.Metadata, WeightScales = scales };
        foreach (SafetensorsEntry entry in header.Entries)
        {
            if (QuantizedTensors.IsScaleOf(scales, entry.Name)) continue;
            tensors.Add(entry.Name, reader.Read(entry.Name, entry.Type, dataStart + entry.Begin, entry.Shape, scales.GetValueOrDefault(entry.Name)));
        }
        reader.Complete();
        return tensors;
    }

    /// <summary>Reads and checks only the header.</summary>
    public static SafetensorsHeader ReadHeader(ByteSource source, out long dataStart)
    {
        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        source.Read(0, lengthBytes, entry: null);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (headerLength > MaxHeaderLength || headerLength > (ulong)(source.Length - LengthBytes))
        {
            throw new CheckpointException(source.Name, null, $"claims a header of {headerLength} bytes",
                $"expected at most {MaxHeaderLength}; the file has {source.Length} bytes");
        }
        byte[] header = new byte[headerLength];
        source.Read(LengthBytes, header, entry: null);
        dataStart = LengthBytes + header.Length;
        return SafetensorsHeader.Parse(source.Name, header);
    }

    private static void CheckCoverage(ByteSource source, IReadOnlyList<SafetensorsEntry> entries, long length)
    {
        long covered = 0;
        foreach (SafetensorsEntry entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != covered)
            {
                throw new CheckpointException(source.Name, entry.Name, $"has data_offsets [{entry.Begin}, {entry.End}]",
                    $"expected it to start at {covered}, where the tensors before it end");
            }
            covered = entry.End;
        }
        if (covered != length)
            throw new CheckpointException(source.Name, null, $"has {length} bytes of data", $"the header describes {covered}");
    }
}
