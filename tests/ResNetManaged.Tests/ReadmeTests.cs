using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests;

/// <summary>The README's table of models matches the library.</summary>
public sealed class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));

    [Test]
    public void EveryWellKnownModelIsInTheTableWithItsParametersAndMultiplyAdds([ValueSource(typeof(ResNetVariants), nameof(ResNetVariants.WellKnown))] string name)
    {
        ResNet model = ResNet.Create(name);
        ModelSummary summary = ModelSummary.Create(model, [1, 3, model.Config.InputSize, model.Config.InputSize]);
        Assert.That(Readme, Does.Contain(FormattableString.Invariant(
            $"| `{name}` | {summary.TotalParameters:N0} | {summary.MultiplyAdds:N0} |\n")));
    }
}
