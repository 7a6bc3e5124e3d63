using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization.Quantized;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization;

/// <summary>Writes and reads safetensors files, the format in which this library saves checkpoints.</summary>
public static class Safetensors
{
    private const int Alignment = 8;
    private const int ChunkLength = 1 << 14;
    private const string CounterName = "num_batches_tracked";

    /// <summary>Writes tensors to a file, completely or not at all: an existing file is replaced only once the new one is on disk.</summary>
    /// <remarks>
    /// Equal tensors produce equal bytes. Tensors are written as F32, or F16 on request. Those named <c>num_batches_tracked</c> are written as I64, as
    /// in PyTorch, and come first in the data, so that every tensor is aligned to its element size.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="tensors">The tensors to write, in this order.</param>
    /// <param name="metadata">Strings to store next to the tensors; null for none.</param>
    /// <param name="half">True to round elements to half precision: half the bytes, 11 significant bits.</param>
    /// <exception cref="ArgumentException">A tensor has the reserved name <c>__metadata__</c>.</exception>
    /// <exception cref="CheckpointException">An element exceeds the range of half precision.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, StateDict tensors, IReadOnlyDictionary<string, string>? metadata = null, bool half = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(tensors);
        if (tensors.ContainsKey(SafetensorsHeader.MetadataName))
            throw new ArgumentException($"Safetensors.Write: a tensor is named '{SafetensorsHeader.MetadataName}', which the format reserves.", nameof(tensors));
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata, half, path));
    }

    /// <summary>Writes tensors some of which are integers times scales, which are written as I8, with their scales beside them.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">The tensors, including the scales: see <see cref="QuantizedTensors"/>.</param>
    /// <param name="metadata">Strings to store next to the tensors.</param>
    /// <param name="scales">The scales of each output channel of the tensors to write as integers.</param>
    internal static void WriteQuantized(string path, StateDict tensors, IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, float[]> scales) =>
        AtomicFile.Write(path, stream => Write(stream, tensors, metadata, half: false, path, scales));

    /// <summary>Reads a safetensors file without changing its names: no prefix is removed.</summary>
    /// <remarks>Elements are read as by <see cref="Checkpoint.Load(string)"/>.</remarks>
    /// <param name="path">The file.</param>
    /// <param name="metadata">The strings stored beside the tensors; empty if there are none.</param>
    /// <returns>The tensors in the header's order, converted to float32.</returns>
    /// <exception cref="CheckpointException">The file is damaged or not safetensors.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static StateDict Read(string path, out IReadOnlyDictionary<string, string> metadata)
    {
        StateDict tensors = FileSource.Load(path, SafetensorsReader.Read, SafetensorsReader.Matches);
        metadata = tensors.Metadata;
        return tensors;
    }

    /// <summary>Reads only the metadata of a plain safetensors file; null for another kind of file or a pipe.</summary>
    internal static IReadOnlyDictionary<string, string>? ReadMetadata(string path)
    {
        if (!FileKind.HasLength(path)) return null; // a pipe can be read only once
        return FileSource.Load(path, source =>
        {
            if (source.Length < SafetensorsReader.SignatureLength) return null;
            byte[] start = new byte[SafetensorsReader.SignatureLength];
            source.Read(0, start, entry: null);
            return SafetensorsReader.Matches(start) ? SafetensorsReader.ReadHeader(source, out _).Metadata : null;
        }, _ => true);
    }

    internal static void Write(Stream stream, StateDict tensors, IReadOnlyDictionary<string, string>? metadata, bool half = false,
        string file = "a stream", IReadOnlyDictionary<string, float[]>? scales = null)
    {
        ElementType floats = half ? ElementType.Float16 : ElementType.Float32;
        ElementType TypeOf(string name) => IsCounter(name) ? ElementType.Int64 : scales?.ContainsKey(name) == true ? ElementType.Int8 : floats;
        KeyValuePair<string, Tensor>[] stored = tensors.OrderByDescending(pair => TypeOf(pair.Key).Size()).ToArray(); // stable
        ReadOnlySpan<byte> header = ComposeHeader(tensors, stored, metadata, TypeOf);
        int padded = Sizes.RoundUp(header.Length, Alignment);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)padded);
        stream.Write(length);
        stream.Write(header);
        for (int i = header.Length; i < padded; i++) stream.WriteByte((byte)' ');
        float[] scratch = [];
        foreach ((string name, Tensor tensor) in stored)
        {
            ReadOnlySpan<float> elements = tensor.Borrow(ref scratch).ReadOnlySpan;
            ElementType type = TypeOf(name);
            if (type == ElementType.Float16) RequireHalf(file, name, elements);
            if (type == ElementType.Int8) stream.Write(MemoryMarshal.AsBytes<sbyte>(QuantizedTensors.Integers(elements, scales![name])));
            else WriteElements(stream, elements, type);
        }
    }

    private static ReadOnlySpan<byte> ComposeHeader(
        StateDict tensors, KeyValuePair<string, Tensor>[] stored, IReadOnlyDictionary<string, string>? metadata, Func<string, ElementType> typeOf)
    {
        Dictionary<string, long> offsets = new(StringComparer.Ordinal);
        long end = 0;
        foreach ((string name, Tensor tensor) in stored)
        {
            offsets.Add(name, end);
            end += ByteLength(tensor, typeOf(name));
        }

        ArrayBufferWriter<byte> buffer = new();
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        if (metadata is { Count: > 0 })
        {
            json.WriteStartObject(SafetensorsHeader.MetadataName);
            foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(key, value);
            json.WriteEndObject();
        }
        foreach ((string name, Tensor tensor) in tensors)
        {
            json.WriteStartObject(name);
            json.WriteString("dtype", typeOf(name) switch { ElementType.Int64 => "I64", ElementType.Float16 => "F16", ElementType.Int8 => "I8", _ => "F32" });
            json.WriteStartArray("shape");
            foreach (int size in tensor.Shape.Dimensions) json.WriteNumberValue(size);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(offsets[name]);
            json.WriteNumberValue(offsets[name] + ByteLength(tensor, typeOf(name)));
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }

    private static void WriteElements(Stream stream, ReadOnlySpan<float> elements, ElementType type)
    {
        byte[] staging = new byte[Math.Min(elements.Length, ChunkLength) * type.Size()];
        for (int done = 0; done < elements.Length; done += ChunkLength)
        {
            ReadOnlySpan<float> chunk = elements.Slice(done, Math.Min(elements.Length - done, ChunkLength));
            Span<byte> raw = staging.AsSpan(0, chunk.Length * type.Size());
            type.FromSingle(chunk, raw);
            type.SwapForFile(raw, bigEndian: false);
            stream.Write(raw);
        }
    }

    private static void RequireHalf(string file, string name, ReadOnlySpan<float> elements)
    {
        foreach (float element in elements)
        {
            if (float.IsFinite(element) && !Half.IsFinite((Half)element))
                throw new CheckpointException(file, name, $"has element {element:R}", $"half precision holds at most {(float)Half.MaxValue}");
        }
    }

    private static long ByteLength(Tensor tensor, ElementType type) => (long)tensor.ElementCount * type.Size();

    private static bool IsCounter(string name) => name.EndsWith(CounterName, StringComparison.Ordinal);
}
