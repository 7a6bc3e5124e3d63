using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Memory;

/// <summary>Floats at a fixed address that starts a cache line, as long as this object is reachable.</summary>
/// <remarks>The pinned heap aligns to 8 bytes only, so the array is a little longer, and is used from its first cache line on.</remarks>
internal sealed unsafe class PinnedArray
{
    private readonly float[] _memory;

    /// <summary>Allocates; the memory is uninitialized.</summary>
    public PinnedArray(int length)
    {
        Length = length;
        _memory = GC.AllocateUninitializedArray<float>(checked(length + CacheLine.Floats), pinned: true);
        Pointer = CacheLine.Align(Unsafe.AsPointer(ref _memory[0]));
    }

    public int Length { get; }

    /// <summary>The first float. Keep this object reachable while you use the pointer.</summary>
    public float* Pointer { get; }

    public Span<float> Span => new(Pointer, Length);
}
