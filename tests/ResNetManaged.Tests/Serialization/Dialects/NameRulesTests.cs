using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Dialects;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Serialization.Dialects;

/// <summary>Names by the user's rules, and names that only order and shape explain.</summary>
public sealed class NameRulesTests
{
    [TestCase("a.{x}.b", "c{x+1}.d", "a.7.b", "c8.d")]
    [TestCase("a.{x}.b", "c{x-1}.d", "a.7.b", "c6.d")]
    [TestCase("*.gamma", "*.weight", "bn1.gamma", "bn1.weight")]
    [TestCase("*/*.{n}", "*_*_{n}", "a/b.2", "a_b_2")]
    [TestCase("{a}.{a}.x", "{a}", "3.3.x", "3")]
    [TestCase("*{x}", "*-{x}", "ab12", "ab-12")]
    [TestCase("queue*", "", "queue_ptr", "")]
    [TestCase("*ab*", "*|*", "aab_ab", "a|_ab")]
    [TestCase("*.b{x}", "*-{x}", "a.b.b1", "a.b-1")]
    [TestCase("**", "*|*", "ab", "|ab")]
    public void ARuleRenames(string pattern, string replacement, string name, string expected)
    {
        Assert.That(new NameRule(pattern, replacement).TryApply(name, out string? renamed));
        Assert.That(renamed, Is.EqualTo(expected));
    }

    [TestCase("a.{x}", "a.b")]
    [TestCase("a*", "ba")]
    [TestCase("a", "ab")]
    [TestCase("{a}.{a}.x", "3.4.x")]
    public void ARuleLeavesOtherNames(string pattern, string name) => Assert.That(new NameRule(pattern, "").TryApply(name, out _), Is.False);

    [Test]
    public void ARuleMayHaveManyNumbers()
    {
        string[] numbers = [.. Enumerable.Range(0, 40).Select(i => $"{{{(char)('a' + i / 26)}{(char)('a' + i % 26)}}}")];
        string name = string.Join('.', Enumerable.Range(0, 40));
        Assert.That(new NameRule(string.Join('.', numbers), string.Join('_', numbers)).TryApply(name, out string? renamed));
        Assert.That(renamed, Is.EqualTo(name.Replace('.', '_')));
    }

    [Test]
    public void StarsOnALongNameCostLittle() => Assert.That(new NameRule("*a*b*c*d", "").TryApply(new string('a', 1_000_000), out _), Is.False);

    [TestCase("no arrow", "Name rules 'r.txt': 'line 2' is 'no arrow'; expected 'pattern -> replacement', one a line.")]
    [TestCase("a -> {x}", "'{x}' uses {x}, which the pattern 'a' lacks")]
    [TestCase("a -> *", "is no rule, since '*' has 1 star and the pattern 'a' 0; expected 'pattern -> replacement', one a line.")]
    [TestCase("a{ -> b", "'a{' has a brace without a number's name")]
    [TestCase("a{x+} -> b", "has a brace without a number's name")]
    [TestCase("***** -> b", "is no rule, since '*****' has 5 stars, more than 4; expected 'pattern -> replacement', one a line.")]
    [TestCase(" -> b", "the pattern is empty")]
    public void AWrongRuleIsRejectedWithItsLine(string line, string message) =>
        Assert.That(() => NameRules.Parse($"# comment\n{line}\n", "r.txt"), Throws.TypeOf<CheckpointException>().With.Message.Contains(message));

    [Test]
    public void AnEmptyFileIsRejected() =>
        Assert.That(() => NameRules.Parse("# nothing\n\n"), Throws.TypeOf<CheckpointException>().With.Message.Contains("has no rule"));

    [Test]
    public void RulesComeBeforeTheLibrarysOwn()
    {
        ResNet network = ForeignFile.Network();
        List<(string, Tensor)> tensors = [.. ForeignFile.Tensors(network, name => "wrapped/" + name), ("other", Tensor.Zeros([2]))];
        NameRules names = NameRules.Parse("wrapped/* -> module.*\nother ->");
        ResNet read = ForeignFile.Load(ForeignFile.Torch(tensors), new CheckpointOptions { Names = names });
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
    }

    [Test]
    public void RulesChooseBetweenTwoNetworks()
    {
        ResNet network = ForeignFile.Network(), other = ForeignFile.Network(numClasses: 2);
        byte[] file = ForeignFile.Torch([.. ForeignFile.Tensors(other, name => "backbone." + name), .. ForeignFile.Tensors(network, name => "encoder." + name)]);
        ResNet read = ForeignFile.Load(file, new CheckpointOptions { Names = NameRules.Parse("backbone.* ->") });
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
    }

    [Test]
    public void RulesThatFitNothingAreRejected() => Assert.That(
        ForeignFile.Refusal(ForeignFile.Torch(ForeignFile.Tensors(ForeignFile.Network())), new CheckpointOptions { Names = NameRules.Parse("x -> y") }),
        Does.Contain("has no name that a name rule fits; its first is 'conv1.weight'"));

    [Test]
    public void TwoTensorsOfOneNameAreRejected() => Assert.That(
        ForeignFile.Refusal(ForeignFile.Torch(ForeignFile.Tensors(ForeignFile.Network())), new CheckpointOptions { Names = NameRules.Parse("* -> x") }),
        Does.Contain("'bn1.weight' is renamed to 'x', which another tensor has"));

    [TestCase("bn1.weight -> conv1.weight", "'bn1.weight' is renamed to 'conv1.weight', which another tensor has")]
    [TestCase("conv1.weight -> bn1.weight", "'conv1.weight' is renamed to 'bn1.weight', which another tensor has")]
    [TestCase("* ->", "tensors, all of which the name rules drop; expected rules that keep a network's")]
    public void AFaultNamesTheTensorThatARuleChanged(string rule, string expected) => Assert.That(
        ForeignFile.Refusal(ForeignFile.Torch(ForeignFile.Tensors(ForeignFile.Network())), new CheckpointOptions { Names = NameRules.Parse(rule) }), Does.Contain(expected));

    [TestCase(10)]
    [TestCase(0)]
    public void NamesThatNoRuleKnowsAreMatchedByOrderAndShape(int numClasses)
    {
        ResNet network = ResNet.Create("cifar_resnet20", numClasses: 10).Eval();
        if (numClasses == 0) network = HeadlessCopy(network);
        int count = 0;
        ResNet read = ForeignFile.Load(ForeignFile.Torch(ForeignFile.Tensors(network, name => FormattableString.Invariant($"op{count++}.value"))));
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
        Assert.That(read.Origin!.Dialect, Is.EqualTo("order and shape"));
        Assert.That(read.Origin.Notes.Single(), Does.Contain("matched by order and shape, which only cifar_resnet20 has"));
    }

    [Test]
    public void NothingIsMatchedInAnotherOrder()
    {
        List<(string Name, Tensor Tensor)> tensors = ForeignFile.Tensors(ResNet.Create("cifar_resnet20"), name => "x" + name);
        tensors.Reverse();
        Assert.That(ForeignFile.Refusal(ForeignFile.Torch(tensors)), Does.Contain("tensors that are not a ResNet's"));
    }

    [TestCase("beta", "gamma", "moving_mean", "moving_variance")]
    [TestCase("scale", "offset", "variance", "mean")]
    public void NothingIsMatchedAgainstTheMeaningOfNames(string first, string second, string third, string fourth)
    {
        string[] parts = [first, second, third, fourth];
        int norm = 0, count = 0;
        byte[] file = ForeignFile.Torch(ForeignFile.Tensors(ResNet.Create("cifar_resnet20"), name => name.EndsWith("num_batches_tracked", StringComparison.Ordinal)
            ? ""
            : FormattableString.Invariant($"op{count++}.{(name.Contains("bn", StringComparison.Ordinal) ? parts[norm++ % parts.Length] : "value")}")));
        Assert.That(ForeignFile.Refusal(file), Does.Contain("tensors that are not a ResNet's"));
    }

    [Test]
    public void TheRequestedNetworkAndClassesLimitTheMatch()
    {
        byte[] file = ForeignFile.Torch(ForeignFile.Tensors(ResNet.Create("cifar_resnet20"), name => "x" + name));
        Assert.That(ForeignFile.Refusal(file, new CheckpointOptions { NumClasses = 7 }), Does.Contain("tensors that are not a ResNet's"));
        Assert.That(ForeignFile.Refusal(file, new CheckpointOptions { Variant = "cifar_resnet32" }), Does.Contain("tensors that are not a ResNet's"));
        Assert.That(ForeignFile.Load(file, new CheckpointOptions { Variant = "cifar_resnet20", NumClasses = 10 }).Config.NumClasses, Is.EqualTo(10));
    }

    [Test]
    public void TwoNetworksThatFitAreBothNamedAndNeitherIsLoaded()
    {
        byte[] file = ForeignFile.Torch(ForeignFile.Tensors(ResNet.Create("resnet18", numClasses: 3), name => "x" + name));
        Assert.That(ForeignFile.Refusal(file), Does.Contain("has names that no rule knows, and resnet18 and resnetblur18 have its shapes in its order")
            .And.Contain("expected one network; name it"));
        ResNet read = ForeignFile.Load(file, new CheckpointOptions { Variant = "resnetblur18" });
        Assert.That(ResNetVariants.NameOf(read.Config), Is.EqualTo("resnetblur18"));
    }

    private static ResNet HeadlessCopy(ResNet network)
    {
        ResNet headless = new ResNet(network.Config with { NumClasses = 0 }).Eval();
        headless.LoadStateDict(network.StateDict(), strict: false);
        return headless;
    }
}
