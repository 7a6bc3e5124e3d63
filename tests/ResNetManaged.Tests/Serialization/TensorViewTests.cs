using NUnit.Framework;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Serialization;

public sealed class TensorViewTests
{
    /// <summary>Views are looked up by hash; if these had equal hashes, a file of 100,000 would take minutes.</summary>
    [Test]
    public void ViewsThatDifferOnlyInStridesRarelyShareHashes()
    {
        TorchStorage storage = new("0", ElementType.Float32, 1000);
        int[] hashes = [.. Enumerable.Range(0, 1000).Select(stride => new TensorView(storage, 0, [1], [stride], 1).GetHashCode())];
        Assert.That(hashes.Distinct().Count(), Is.GreaterThan(990));
    }

    [Test]
    public void EqualViewsHaveEqualHashes()
    {
        TensorView view = new(new TorchStorage("0", ElementType.Float32, 4), 1, [2], [1], 2);
        TensorView same = new(new TorchStorage("0", ElementType.Float32, 4), 1, [2], [1], 2);
        Assert.That(same, Is.EqualTo(view));
        Assert.That(same.GetHashCode(), Is.EqualTo(view.GetHashCode()));
    }
}
