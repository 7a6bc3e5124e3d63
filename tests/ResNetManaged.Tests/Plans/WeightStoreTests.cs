using System.Runtime.CompilerServices;
using NUnit.Framework;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Plans;

public sealed class WeightStoreTests
{
    private const int Length = 100_000;

    [Test]
    public void ScratchMemoryIsReleasedAfterPacking()
    {
        WeightStore store = new(threads: 1);
        WeakReference scratch = PackThroughScratch(store);
        GC.Collect();
        Assert.That(scratch.IsAlive, Is.False, "no thread may keep the scratch memory alive");
        GC.KeepAlive(store);
    }

    [Test]
    public void BytesDependOnTheElementType([Values] bool areBytes)
    {
        ElementType type = areBytes ? ElementType.Int8 : ElementType.Float32;
        WeightStore store = new(threads: 1);
        PackedWeights packed = store.Get(Key(type), Length, 16, (PackedWeights _, ref float[] _) => { });
        Assert.That((packed.Bytes, store.Bytes, packed.Type), Is.EqualTo((Length * (long)type.Size() + 16 * sizeof(float), packed.Bytes, type)));
    }

    [Test]
    public void WeightsWithOneKeyArePackedOnce()
    {
        WeightStore store = new(threads: 1);
        WeightKey key = Key(ElementType.Float32);
        int packings = 0;
        PackedWeights Get() => store.Get(key, Length, 16, (PackedWeights _, ref float[] _) => packings++);
        PackedWeights first = Get();
        Assert.That(Get(), Is.SameAs(first));
        store.PackAll(beside: () => { });
        Assert.That(Get(), Is.SameAs(first));
        store.PackAll(beside: () => { });
        Assert.That(packings, Is.EqualTo(1));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference PackThroughScratch(WeightStore store)
    {
        WeakReference? reference = null;
        store.Get(Key(ElementType.Float32), Length, 16, (PackedWeights _, ref float[] scratch) => reference = new WeakReference(scratch = new float[Length]));
        store.PackAll(beside: () => { });
        return reference!;
    }

    private static WeightKey Key(ElementType type) =>
        new(new StateTensor([2, 2], Tensor.Zeros), null, null, ConvolutionAlgorithm.Direct, BlockSize: 16, type);
}
