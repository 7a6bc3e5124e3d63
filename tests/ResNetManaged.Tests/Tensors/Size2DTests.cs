using NUnit.Framework;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Tensors;

public sealed class Size2DTests
{
    [Test]
    public void OneNumberPrintsAsItWasWritten()
    {
        Size2D one = 3, pair = (3, 3);
        Assert.That(one, Is.EqualTo(pair));
        Assert.That(one.AsWritten(), Is.EqualTo("3"));
        Assert.That(pair.AsWritten(), Is.EqualTo("(3, 3)"));
    }
}
