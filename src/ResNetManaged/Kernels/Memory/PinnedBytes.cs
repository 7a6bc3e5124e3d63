using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Memory;

/// <summary>Bytes at a fixed address that starts a cache line, for elements of any type, for as long as this object is referred to.</summary>
internal sealed unsafe class PinnedBytes
{
    private readonly float[] _memory; // an array of floats holds four times the bytes of the largest array of bytes

    /// <summary>Allocates; the memory is uninitialized.</summary>
    /// <param name="length">Bytes.</param>
    /// <exception cref="OverflowException">An array cannot hold that many.</exception>
    public PinnedBytes(long length)
    {
        Length = length;
        _memory = GC.AllocateUninitializedArray<float>(checked((int)((length + sizeof(float) - 1) / sizeof(float)) + CacheLine.Floats), pinned: true);
        Pointer = (byte*)CacheLine.Align(Unsafe.AsPointer(ref _memory[0]));
    }

    /// <summary>Bytes that it holds.</summary>
    public long Length { get; }

    /// <summary>The first byte. Whoever keeps the pointer must keep this object.</summary>
    public byte* Pointer { get; }
}
