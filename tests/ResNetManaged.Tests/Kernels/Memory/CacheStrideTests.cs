using NUnit.Framework;
using ResNetManaged.Kernels.Memory;

namespace ResNetManaged.Tests.Kernels.Memory;

public sealed class CacheStrideTests
{
    [TestCase(1023, 1023)]
    [TestCase(1024, 1040)]
    [TestCase(1040, 1040)]
    [TestCase(4096, 4112)]
    public void OnlyMultiplesOf4KiBAreExtendedByACacheLine(int floats, int expected) => Assert.That(CacheStride.Of(floats), Is.EqualTo(expected));
}
