using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Memory;

/// <summary>Bytes at a fixed address that starts a cache line, for elements of any type, as long as this object is reachable.</summary>
internal sealed unsafe class PinnedBytes
{
    private readonly float[] _memory; // an array of floats can hold four times as many bytes as an array of bytes

    /// <summary>Allocates; the memory is uninitialized.</summary>
    /// <param name="length">Bytes.</param>
    /// <exception cref="OverflowException">An array cannot hold that many.</exception>
    public PinnedBytes(long length)
    {
        Length = length;
        _memory = GC.AllocateUninitializedArray<float>(checked((int)((length + sizeof(float) - 1) / sizeof(float)) + CacheLine.Floats), pinned: true);
        Pointer = (byte*)CacheLine.Align(Unsafe.AsPointer(ref _memory[0]));
    }

    /// <summary>The number of bytes.</summary>
    public long Length { get; }

    /// <summary>The first byte. Keep this object reachable while you use the pointer.</summary>
    public byte* Pointer { get; }
}
