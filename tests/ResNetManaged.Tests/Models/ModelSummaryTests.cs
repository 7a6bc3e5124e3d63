using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Models;

namespace ResNetManaged.Tests.Models;

public sealed class ModelSummaryTests
{
    [Test]
    public void AScalarInputCanBeSummarized() => Assert.That(ModelSummary.Create(new Identity(), []).MultiplyAdds, Is.Zero);

    [Test]
    public void MultiplyAddsCountEachUseOfAWeight()
    {
        Assert.That(ModelSummary.Create(new Conv2d(2, 3, 3, padding: 1), [4, 2, 5, 6]).MultiplyAdds, Is.EqualTo((2 * 3 * 9 + 3) * 4 * 5 * 6));
        Assert.That(ModelSummary.Create(new Linear(2, 3), [4, 2]).MultiplyAdds, Is.EqualTo((2 * 3 + 3) * 4));
    }
}
