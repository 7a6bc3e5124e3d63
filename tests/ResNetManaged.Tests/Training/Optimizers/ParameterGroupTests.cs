using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Tests.Training.Optimizers;

public sealed class ParameterGroupTests
{
    private static readonly string[] Matrices = ["0.weight", "2.weight"], Vectors = ["0.bias", "1.weight", "1.bias", "2.bias"];

    [Test]
    public void AllParametersAreOneGroupByDefault()
    {
        ParameterGroup group = ParameterGroup.Of(Network(), 0.01).Single();
        Assert.That((group.WeightDecay, group.LearningRateFactor), Is.EqualTo((0.01, 1.0)));
        Assert.That(Paths(group), Is.EquivalentTo(Matrices.Concat(Vectors)));
    }

    [Test]
    public void BatchNormAndBiasesCanBeExemptFromDecay()
    {
        IReadOnlyList<ParameterGroup> groups = ParameterGroup.Of(Network(), 0.01, decayNormAndBias: false);
        Assert.That(groups.Select(group => group.WeightDecay), Is.EqualTo(new[] { 0.01, 0.0 }));
        Assert.That(Paths(groups[0]), Is.EqualTo(Matrices));
        Assert.That(Paths(groups[1]), Is.EqualTo(Vectors));
    }

    [Test]
    public void LearningRatesFollowThePath()
    {
        IReadOnlyList<ParameterGroup> groups = ParameterGroup.Of(Network(), learningRateFactor: path => path.StartsWith('2') ? 1 : 0.1);
        Assert.That(groups.Select(group => group.LearningRateFactor), Is.EqualTo(new[] { 0.1, 1.0 }));
        Assert.That(Paths(groups[1]), Is.EqualTo(new[] { "2.weight", "2.bias" }));
    }

    [Test]
    public void FrozenParametersAreLeftOut()
    {
        Sequential network = Network();
        foreach (Parameter parameter in network[0].Parameters()) parameter.RequiresGrad = false;
        Assert.That(Paths(ParameterGroup.Of(network).Single()), Has.None.StartsWith("0."));
    }

    [Test]
    public void RejectsNumbersOutOfRange()
    {
        Assert.That(() => new ParameterGroup([], weightDecay: -1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ParameterGroup([], learningRateFactor: double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static Sequential Network() => new(new Conv2d(3, 4, 3), new BatchNorm2d(4), new Linear(4, 2));

    private static IEnumerable<string> Paths(ParameterGroup group) => group.Parameters.Select(named => named.Path);
}
