using NUnit.Framework;
using ResNetManaged.Kernels;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Tests.Kernels;

public sealed class MachinePeakTests
{
    private const double SmallestPlausible = 0.1; // GFLOP/s
    private const double MostConceivable = 1e5;

    [Test]
    public void EveryWidthHasAPeak([ValueSource(typeof(SimdDispatch), nameof(SimdDispatch.Accelerated))] SimdPath simd) =>
        Assert.That(MachinePeak.MultiplyAdds(1, simd), Is.InRange(SmallestPlausible, MostConceivable));

    [Test]
    public void AcceptsMoreThreadsThanProcessors() =>
        Assert.That(MachinePeak.MultiplyAdds(1000), Is.InRange(SmallestPlausible, MostConceivable));

    [Test]
    public void RejectsZeroThreads() =>
        Assert.That(() => MachinePeak.MultiplyAdds(0), Throws.TypeOf<ArgumentOutOfRangeException>());
}
