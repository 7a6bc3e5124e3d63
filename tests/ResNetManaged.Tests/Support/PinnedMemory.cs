using NUnit.Framework;
using NUnit.Framework.Interfaces;
using ResNetManaged.Tests.Support;

[assembly: PinnedMemoryLivesAsLongAsItsTest]

namespace ResNetManaged.Tests.Support;

/// <summary>
/// Floats at a fixed address between two guard zones that no kernel writes, all initially poisoned with a NaN. They live until the test ends, because
/// kernels hold only their address, which does not prevent garbage collection.
/// </summary>
internal sealed unsafe class PinnedMemory
{
    private const int Zone = 64; // four of the widest vectors

    private static readonly List<float[]> OfThisTest = [];

    private readonly float[] _memory;

    public PinnedMemory(int length)
    {
        _memory = GC.AllocateUninitializedArray<float>(length + 2 * Zone, pinned: true);
        _memory.AsSpan().Fill(Poison);
        Length = length;
        lock (OfThisTest) OfThisTest.Add(_memory);
    }

    public PinnedMemory(ReadOnlySpan<float> values) : this(values.Length) => values.CopyTo(Span);

    /// <summary>A NaN that no arithmetic produces; it also poisons any result computed from it.</summary>
    public static float Poison => BitConverter.Int32BitsToSingle(0x7FC0BEEF);

    public int Length { get; }

    public Span<float> Span => _memory.AsSpan(Zone, Length);

    /// <summary>The address of the first float, valid until the test ends.</summary>
    public float* Pointer => (float*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _memory[Zone]);

    /// <summary>Whether a float was never written.</summary>
    public static bool IsPoison(float value) => BitConverter.SingleToInt32Bits(value) == BitConverter.SingleToInt32Bits(Poison);

    /// <summary>Releases the memory of a test that has ended.</summary>
    public static void ForgetAll()
    {
        lock (OfThisTest) OfThisTest.Clear();
    }

    /// <summary>Asserts that nothing was written to the guard zones.</summary>
    public void AssertIntact(string what)
    {
        for (int i = 0; i < Zone; i++)
        {
            if (!IsPoison(_memory[i])) Assert.Fail($"{what}: written {Zone - i} elements before the start.");
            if (!IsPoison(_memory[^(i + 1)])) Assert.Fail($"{what}: written {Zone - i} elements after the end.");
        }
    }
}

/// <summary>Releases a test's <see cref="PinnedMemory"/> when it ends; tests run one at a time.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class PinnedMemoryLivesAsLongAsItsTestAttribute : TestActionAttribute
{
    public override ActionTargets Targets => ActionTargets.Test;

    public override void AfterTest(ITest test) => PinnedMemory.ForgetAll();
}
