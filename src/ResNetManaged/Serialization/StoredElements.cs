using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using ResNetManaged.Tensors;

namespace ResNetManaged.Serialization;

/// <summary>Contiguous elements in a source, at a position that has been checked.</summary>
/// <param name="Source">The source.</param>
/// <param name="Name">The tensor's name, for messages.</param>
/// <param name="Type">How the elements are stored.</param>
/// <param name="Position">The position of the first byte.</param>
internal sealed record StoredElements(ByteSource Source, string Name, ElementType Type, long Position)
{
    private const int MaxStaged = 1 << 16; // elements converted at a time
    private const int MaxInPlace = 1 << 28; // elements per read: a span of bytes ends at 2^31

    /// <summary>Factors of the elements, each for as many consecutive ones as the others; null for none.</summary>
    public float[]? Scales { get; init; }

    /// <summary>Fills a span with the first elements, or with all of them if they have factors, converted to float32.</summary>
    /// <exception cref="CheckpointException">The source changed meanwhile.</exception>
    public void Read(Span<float> destination)
    {
        bool inPlace = Type == ElementType.Float32;
        int step = inPlace ? MaxInPlace : MaxStaged;
        byte[] staging = ArrayPool<byte>.Shared.Rent(inPlace ? 0 : Math.Min(step, destination.Length) * Type.Size());
        try
        {
            for (int done = 0; done < destination.Length; done += step)
            {
                Span<float> chunk = destination.Slice(done, Math.Min(destination.Length - done, step));
                Span<byte> raw = inPlace ? MemoryMarshal.AsBytes(chunk) : staging.AsSpan(0, chunk.Length * Type.Size());
                Source.Read(Position + (long)done * Type.Size(), raw, Name);
                Type.SwapForFile(raw, bigEndian: false);
                if (!inPlace) Type.ToSingle(raw, chunk);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(staging);
        }
        for (int i = 0; i < Scales?.Length; i++)
        {
            Span<float> scaled = destination.Slice(destination.Length / Scales.Length * i, destination.Length / Scales.Length);
            TensorPrimitives.Multiply(scaled, Scales[i], scaled);
        }
    }
}
