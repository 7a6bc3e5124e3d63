using NUnit.Framework;

namespace ResNetManaged.Tests.Support;

/// <summary>A buffer between two guard zones filled with a value that no kernel writes, so that out-of-bounds writes are caught.</summary>
internal sealed class Guarded
{
    private const int Zone = 64; // four of the widest vectors
    private const int Sentinel = 0x7FC0BEEF; // a NaN that no arithmetic produces; it also poisons any result computed from it

    private readonly float[] _memory;

    public Guarded(int length)
    {
        _memory = new float[length + 2 * Zone];
        _memory.AsSpan().Fill(BitConverter.Int32BitsToSingle(Sentinel));
        Length = length;
    }

    public Guarded(ReadOnlySpan<float> values) : this(values.Length) => values.CopyTo(Span);

    public int Length { get; }

    public Span<float> Span => _memory.AsSpan(Zone, Length);

    public void AssertIntact()
    {
        for (int i = 0; i < Zone; i++)
        {
            if (BitConverter.SingleToInt32Bits(_memory[i]) != Sentinel)
                Assert.Fail($"Written {Zone - i} elements before the start.");
            if (BitConverter.SingleToInt32Bits(_memory[^(i + 1)]) != Sentinel)
                Assert.Fail($"Written {Zone - i} elements after the end.");
        }
    }
}
