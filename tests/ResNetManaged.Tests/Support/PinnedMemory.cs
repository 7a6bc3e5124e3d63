using NUnit.Framework;

namespace ResNetManaged.Tests.Support;

/// <summary>Floats at a fixed address between two zones that no kernel writes, all poisoned with one NaN until something is written.</summary>
internal sealed unsafe class PinnedMemory
{
    private const int Zone = 64; // four of the widest vectors

    private readonly float[] _memory;

    public PinnedMemory(int length)
    {
        _memory = GC.AllocateUninitializedArray<float>(length + 2 * Zone, pinned: true);
        _memory.AsSpan().Fill(Poison);
        Length = length;
    }

    public PinnedMemory(ReadOnlySpan<float> values) : this(values.Length) => values.CopyTo(Span);

    /// <summary>A NaN that no arithmetic makes; it also poisons whoever reads it.</summary>
    public static float Poison => BitConverter.Int32BitsToSingle(0x7FC0BEEF);

    public int Length { get; }

    public Span<float> Span => _memory.AsSpan(Zone, Length);

    /// <summary>The first float, for as long as this object lives.</summary>
    public float* Pointer => (float*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _memory[Zone]);

    /// <summary>Whether nothing but the poison was ever written.</summary>
    public static bool IsPoison(float value) => BitConverter.SingleToInt32Bits(value) == BitConverter.SingleToInt32Bits(Poison);

    /// <summary>Nothing was written outside.</summary>
    public void AssertIntact(string what)
    {
        for (int i = 0; i < Zone; i++)
        {
            if (!IsPoison(_memory[i])) Assert.Fail($"{what}: written {Zone - i} elements before the start.");
            if (!IsPoison(_memory[^(i + 1)])) Assert.Fail($"{what}: written {Zone - i} elements behind the end.");
        }
    }
}
