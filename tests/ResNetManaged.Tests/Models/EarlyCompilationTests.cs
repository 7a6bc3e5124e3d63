using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Plans;

namespace ResNetManaged.Tests.Models;

public sealed class EarlyCompilationTests
{
    [Test]
    public void TheThinNetworkHasEveryAlgorithmOfLargeOnes([Values("resnet18", "resnet50")] string large)
    {
        Assert.That(Algorithms(new ResNet(EarlyCompilation.Thin)), Is.SupersetOf(Algorithms(ResNet.Create(large))));
    }

    [Test]
    public void Runs() => Assert.That(EarlyCompilation.Run, Throws.Nothing);

    private static HashSet<string> Algorithms(ResNet network)
    {
        network.Eval();
        string lines = network.Compile().PlanFor([1, 3, 224, 224]).Describe(PlanStage.Algorithms); // "node: algorithm, reason"
        return [.. lines.Split('\n').SelectMany(line => Enum.GetNames<ConvolutionAlgorithm>().Where(name => line.Contains($": {name},", StringComparison.Ordinal)))];
    }
}
