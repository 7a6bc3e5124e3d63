using System.Buffers;
using System.Runtime.InteropServices;
using ResNetManaged.Tensors;

namespace ResNetManaged.Serialization;

/// <summary>Elements side by side in a source, at a place that has been checked.</summary>
/// <param name="Source">Where they are.</param>
/// <param name="Name">Their tensor's name, for messages.</param>
/// <param name="Type">How they are stored.</param>
/// <param name="Position">The first byte.</param>
internal sealed record StoredElements(ByteSource Source, string Name, ElementType Type, long Position)
{
    private const int MaxStaged = 1 << 16; // elements converted at a time
    private const int MaxInPlace = 1 << 28; // elements in one read: a span of bytes ends at 2^31

    /// <summary>Fills the span with the first elements, converted to float32.</summary>
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
    }
}
