using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Memory;

/// <summary>Floats at a fixed address that starts a cache line, for as long as this object is referred to.</summary>
/// <remarks>The pinned heap aligns to 8 bytes only, so the array is a little longer and starts at its first line.</remarks>
internal sealed unsafe class PinnedArray
{
    private readonly float[] _memory;

    /// <summary>Allocates; what the memory holds is anyone's guess.</summary>
    public PinnedArray(int length)
    {
        Length = length;
        _memory = GC.AllocateUninitializedArray<float>(checked(length + CacheLine.Floats), pinned: true);
        Pointer = CacheLine.Align(Unsafe.AsPointer(ref _memory[0]));
    }

    public int Length { get; }

    /// <summary>The first float. Whoever keeps the pointer must keep this object.</summary>
    public float* Pointer { get; }

    public Span<float> Span => new(Pointer, Length);
}
