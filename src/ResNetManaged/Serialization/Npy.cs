using System.Buffers;
using System.Runtime.InteropServices;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization;

/// <summary>Reads and writes tensors as NumPy's <c>.npy</c> files, versions 1 to 3.</summary>
/// <remarks>
/// Supports float32, float64, uint8 and int64 in both byte orders and both memory orders, converted to and from the tensor's float32.
/// Everything a header claims is checked before it is used, and nothing in it is ever evaluated as code.
/// </remarks>
public static class Npy
{
    private const int ChunkLength = 1 << 16; // elements converted at a time

    /// <summary>Reads an array from a file.</summary>
    /// <param name="path">The file; it must hold one array and nothing after it.</param>
    /// <returns>A tensor of the array's shape.</returns>
    /// <exception cref="NpyFormatException">The file is damaged or of an unsupported kind.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static Tensor Read(string path)
    {
        if (FileKind.FaultOf(path) is string fault) throw new NpyFormatException(path, fault, FileKind.Expected);
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 4096);
        Tensor tensor = Read(stream, path);
        if (stream.ReadByte() >= 0) throw new NpyFormatException(path, "continues after its data", $"expected only the elements of shape {tensor.Shape}");
        return tensor;
    }

    /// <summary>Reads one array from a stream and leaves the stream right after it.</summary>
    /// <param name="stream">A readable stream; it need not be seekable.</param>
    /// <returns>A tensor of the array's shape.</returns>
    /// <exception cref="NpyFormatException">The data is damaged or of an unsupported kind.</exception>
    public static Tensor Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Read(stream, "stream");
    }

    /// <summary>Writes a tensor to a file, completely or not at all: an existing file is replaced only once the new one is on disk.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensor">The tensor to write.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, Tensor tensor) => Write(path, tensor, NpyType.Float32);

    /// <summary>Writes a tensor to a stream.</summary>
    /// <param name="stream">A writable stream.</param>
    /// <param name="tensor">The tensor to write.</param>
    public static void Write(Stream stream, Tensor tensor) => Write(stream, tensor, NpyType.Float32);

    internal static void Write(string path, Tensor tensor, NpyType type, bool fortranOrder = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(tensor);
        AtomicFile.Write(path, stream => Write(stream, tensor, type, fortranOrder));
    }

    internal static void Write(Stream stream, Tensor tensor, NpyType type, bool fortranOrder = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensor);
        if (!Enum.IsDefined(type)) throw new ArgumentOutOfRangeException(nameof(type), $"Npy.Write: {type} is not an NpyType.");
        NpyHeader header = new(type, BigEndian: false, fortranOrder, tensor.Shape);
        header.Write(stream);
        ReadOnlySpan<float> data = fortranOrder ? Transpose(tensor).ReadOnlySpan : tensor.ReadOnlySpan;
        WriteData(stream, data, header);
    }

    internal static Tensor Read(Stream stream, string file)
    {
        NpyHeader header = NpyHeader.Read(stream, file);
        if (stream.CanSeek && stream.Length - stream.Position < header.DataLength)
            throw Truncated(file, header, stream.Length - stream.Position);
        float[] data = ReadData(stream, file, header);
        return header.FortranOrder
            ? Transpose(Tensor.FromArray(data, StridedCopy.Reverse(header.Shape)))
            : Tensor.FromArray(data, header.Shape);
    }

    private static float[] ReadData(Stream stream, string file, NpyHeader header)
    {
        ElementType type = header.ElementType;
        int count = header.Shape.ElementCount;
        // If the length is unknown, the array grows with the data that arrives, whatever the header claims.
        float[] data = GC.AllocateUninitializedArray<float>(stream.CanSeek ? count : Math.Min(count, ChunkLength));
        bool inPlace = type == ElementType.Float32;
        byte[] staging = ArrayPool<byte>.Shared.Rent(inPlace ? 0 : ChunkLength * type.Size());
        try
        {
            for (int done = 0; done < count;)
            {
                if (done == data.Length) Array.Resize(ref data, (int)Math.Min(count, data.Length * 2L));
                Span<float> chunk = data.AsSpan(done, inPlace ? data.Length - done : Math.Min(data.Length - done, ChunkLength));
                Span<byte> raw = inPlace ? MemoryMarshal.AsBytes(chunk) : staging.AsSpan(0, chunk.Length * type.Size());
                int got = stream.ReadAtLeast(raw, raw.Length, throwOnEndOfStream: false);
                if (got < raw.Length) throw Truncated(file, header, (long)done * type.Size() + got);
                type.SwapForFile(raw, header.BigEndian);
                if (!inPlace) type.ToSingle(raw, chunk);
                done += chunk.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(staging);
        }
        return data;
    }

    private static void WriteData(Stream stream, ReadOnlySpan<float> data, NpyHeader header)
    {
        ElementType type = header.ElementType;
        byte[] staging = new byte[Math.Min(data.Length, ChunkLength) * type.Size()];
        for (int done = 0; done < data.Length; done += ChunkLength)
        {
            ReadOnlySpan<float> chunk = data.Slice(done, Math.Min(data.Length - done, ChunkLength));
            Span<byte> raw = staging.AsSpan(0, chunk.Length * type.Size());
            type.FromSingle(chunk, raw);
            type.SwapForFile(raw, header.BigEndian);
            stream.Write(raw);
        }
    }

    /// <summary>The tensor with its dimensions reversed: converts between column-major and row-major data.</summary>
    private static Tensor Transpose(Tensor tensor)
    {
        long[] strides = StridedCopy.RowMajor(tensor.Shape);
        Array.Reverse(strides);
        Tensor transposed = Tensor.Uninitialized(StridedCopy.Reverse(tensor.Shape));
        StridedCopy.Gather(tensor.ReadOnlySpan, strides, transposed.Shape, transposed.Span);
        return transposed;
    }

    private static NpyFormatException Truncated(string file, NpyHeader header, long available) => new(file,
        $"has {available} bytes of data", $"shape {header.Shape} of '{header.Descriptor}' needs {header.DataLength}");
}
