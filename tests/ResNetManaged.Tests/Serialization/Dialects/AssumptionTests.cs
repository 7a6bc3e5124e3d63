using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Models.Parts;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Dialects;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serialization.Dialects;

/// <summary>What a file leaves open is said, or the file is refused; never assumed in silence.</summary>
public sealed class AssumptionTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("")]
    [TestCase("module.")]
    public void ParametersAloneAreNotReadAsGroupNorm(string prefix) => Assert.That(
        ForeignFile.Refusal(ForeignFile.Torch(Parameters(ForeignFile.Network(), prefix))),
        Does.Contain("has norms without running_mean and running_var: it holds only the parameters of a network with batch norm; "
            + "expected all tensors; save them with torch.save(model.state_dict(), path)."));

    [TestCase("")]
    [TestCase("module.")]
    public void WhatAFifthStageStridesByIsNotAssumed(string prefix)
    {
        ResNet network = new(ForeignFile.Network().Config with { Depths = [1, 1, 1, 1, 1], Widths = [8, 8, 16, 16, 24] });
        Assert.That(ForeignFile.Refusal(ForeignFile.Torch(ForeignFile.Tensors(network, name => prefix + name))),
            Does.Contain("holds a network of 5 stages; expected at most 4: its tensors do not say whether the others halve the size"));
    }

    [Test]
    public void TwoNetworksWithoutAPrefixAreToldApartByTheirFirstConvolutions()
    {
        List<(string, Tensor)> tensors = [.. ForeignFile.Tensors(ForeignFile.Network()), ("conv1.0.weight", Tensor.Zeros([8, 3, 3, 3])), ("other", Tensor.Zeros([1]))];
        Assert.That(ForeignFile.Refusal(ForeignFile.Torch(tensors)),
            Does.Contain("holds 2 networks, that of 'conv1.weight' and that of 'conv1.0.weight'; expected one; choose it with a file of name rules that drops the others, such as 'conv1.0.weight ->'"));
    }

    [Test]
    public void AHeadWithoutItsWeightIsLeftOutWithAWarning()
    {
        ResNet read = ForeignFile.Load(ForeignFile.Torch(ForeignFile.Tensors(ForeignFile.Network(), name => name == "fc.weight" ? "" : name)));
        Assert.That(read.Config.NumClasses, Is.Zero);
        Assert.That(read.ReadingNotes, Is.EqualTo(new[]
        {
            "its head, 'fc', holds fc.bias instead of a weight and a bias, and is not read; the network embeds but does not classify. Save the head with its weight",
        }));
    }

    [Test]
    public void ParametersInTheOrderOfANetworkWithGroupNormAreNotOne()
    {
        int count = 0;
        List<(string, Tensor)> tensors = [.. Parameters(ResNet.Create("resnet50"), "").Select(entry => (FormattableString.Invariant($"op{count++}.value"), entry.Tensor))];
        Assert.That(ForeignFile.Refusal(ForeignFile.Torch(tensors)), Does.Contain("tensors that are not a ResNet's"));
    }

    [TestCase("weights.pth", null, false)]
    [TestCase("resnet50.pth", null, false)]
    [TestCase("gn/bit/weights.pth", null, false)] // whatever these folders are
    [TestCase("resnet50_gn_a1h2-8fe6c4d0.pth", null, true)]
    [TestCase("models--timm--resnet50_gn.a1h_in1k/snapshots/0a1b/model.pth", null, true)]
    [TestCase("weights.pth", "resnet50_gn", true)]
    public void ANetworkWithGroupNormIsReadIfItsNameOrTheCallerSaysSo(string path, string? variant, bool isRead)
    {
        string file = _folder.Write(path, ForeignFile.Torch(ForeignFile.Tensors(ResNet.Create("resnet50_gn"))));
        CheckpointOptions options = new() { Variant = variant };
        if (!isRead)
        {
            Assert.That(() => ResNetCheckpoint.Load(file, options), Throws.TypeOf<CheckpointException>()
                .With.Message.EndsWith("or name the network if it has group norm, such as resnet50_gn."));
            return;
        }
        ResNet read = ResNetCheckpoint.Load(file, options);
        Assert.That(read.Config.Norm, Is.EqualTo(NormKind.Group));
        Assert.That(read.ReadingNotes.Count(note => note.Contains("were read as group norms of 32 groups, as in resnet50_gn", StringComparison.Ordinal)),
            Is.EqualTo(variant is null ? 1 : 0));
    }

    [Test]
    public void CountersSayThatNormsWithoutStatisticsAreBatchNorms()
    {
        List<(string, Tensor)> tensors = [.. Parameters(ResNet.Create("resnet50"), ""), ("bn1.num_batches_tracked", Tensor.Ones([]))];
        Assert.That(() => ResNetCheckpoint.Load(_folder.Write("resnet50_gn.pth", ForeignFile.Torch(tensors))),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("has norms without running_mean and running_var"));
    }

    [TestCase("resnetv2_50x1_bit.goog_in21k.pth", true)]
    [TestCase("weights.pth", true)]
    [TestCase("resnetv2_50.a1h_in1k.pth", false)]
    public void APreActivationNetworkWithoutStatisticsIsBigTransfersUnlessItsNameSaysOtherwise(string path, bool isRead)
    {
        string file = _folder.Write(path, ForeignFile.Torch(ForeignFile.Tensors(ResNet.Create("resnetv2_50x1_bit", numClasses: 3))));
        if (isRead) Assert.That(ResNetCheckpoint.Load(file).ReadingNotes, Has.One.Contains("as in resnetv2_50x1_bit"));
        else Assert.That(() => ResNetCheckpoint.Load(file), Throws.TypeOf<CheckpointException>().With.Message.Contains("such as resnetv2_50x1_bit"));
    }

    [Test]
    public void ASavedNetworkWithGroupNormIsReadWithoutANote()
    {
        ResNet network = new ResNet(ForeignFile.Network().Config with { Norm = NormKind.Group, Widths = [32, 32, 64, 64] }).Eval();
        ResNetCheckpoint.Save(_folder["a.safetensors"], network);
        ResNet read = ResNetCheckpoint.Load(_folder["a.safetensors"]);
        Assert.That(read.ReadingNotes, Is.Empty);
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
    }

    [TestCase(3, "it holds no head and 3 stages instead of 4; these were taken as the whole network")]
    [TestCase(4, null)]
    public void ABodyThatEndsEarlyIsSaid(int stages, string? note)
    {
        List<(string Name, Tensor Tensor)> tensors = ForeignFile.Tensors(ForeignFile.Network(), name =>
            name.StartsWith("fc", StringComparison.Ordinal) || name[5] - '0' > stages && name.StartsWith("layer", StringComparison.Ordinal) ? "" : name);
        ResNet read = ForeignFile.Load(ForeignFile.Torch(tensors));
        Assert.That(read.Config.Depths, Has.Length.EqualTo(stages));
        Assert.That(read.ReadingNotes, Is.EqualTo(note is null ? [] : new[] { note }));
    }

    [TestCase("student.")]
    [TestCase("foo.")]
    [TestCase("a.b.")]
    [TestCase("module.visual.trunk.")]
    public void APrefixThatNoRuleKnowsIsRemovedAndSaid(string prefix)
    {
        ResNet network = ForeignFile.Network();
        ResNet read = ForeignFile.Load(ForeignFile.Torch(ForeignFile.Tensors(network, name => prefix + name)));
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
        Assert.That(read.ReadingNotes, Is.EqualTo(new[] { $"its names start with '{prefix}', which no rule knows; it was removed" }));
        Assert.That(read.Origin!.Prefix, Is.EqualTo(prefix));
    }

    [Test]
    public void TwoNetworksBelowUnknownPrefixesAreRejected() => Assert.That(ForeignFile.Refusal(ForeignFile.Torch([
        .. ForeignFile.Tensors(ForeignFile.Network(), name => "left." + name), .. ForeignFile.Tensors(ForeignFile.Network(), name => "right." + name)])),
        Does.Contain("holds 2 networks, 'left.*' and 'right.*'; expected one"));

    [Test]
    public void TensorsOutsideAnUnknownPrefixAreNotDropped() => Assert.That(ForeignFile.Refusal(ForeignFile.Torch([
        .. ForeignFile.Tensors(ForeignFile.Network(), name => "foo." + name), ("decoder.weight", Tensor.Zeros([2, 2, 1, 1]))])),
        Does.EndWith("not expected: 'decoder.weight'."));

    [TestCase("new_fc.")]
    [TestCase("cls.out.")]
    public void TheOnlyLinearLayerIsTheHeadWhateverItsName(string head)
    {
        ResNet network = ForeignFile.Network();
        ResNet read = ForeignFile.Load(ForeignFile.Torch(ForeignFile.Tensors(network, name => name.Replace("fc.", head, StringComparison.Ordinal))));
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
        Assert.That(read.ReadingNotes, Is.EqualTo(new[] { $"its only linear layer, '{head[..^1]}', has a name that no rule knows; it was read as the head" }));
        Assert.That(read.Origin!.Head, Is.EqualTo(head[..^1]));
    }

    [Test]
    public void ASequenceOfANetworkAndAHeadIsRead()
    {
        ResNet network = ForeignFile.Network();
        ResNet read = ForeignFile.Load(ForeignFile.Torch(ForeignFile.Tensors(network, name => name.StartsWith("fc", StringComparison.Ordinal) ? "1" + name[2..] : "0." + name)));
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
    }

    [TestCase(5, 7, "of other features")]
    [TestCase(16, 16, "of two layers")]
    public void ALinearLayerThatCannotBeTheHeadIsRejected(int rows, int columns, string reason)
    {
        List<(string, Tensor)> tensors = ForeignFile.Tensors(ForeignFile.Network(), name => name.StartsWith("fc", StringComparison.Ordinal) && columns == 7 ? "" : name.Replace("fc.", "a.", StringComparison.Ordinal));
        tensors.Add(("b.weight", Tensor.Zeros([rows, columns])));
        Assert.That(ForeignFile.Refusal(ForeignFile.Torch(tensors)), Does.Contain("not expected: "), reason);
    }

    [Test]
    public void TensorsUnderAKeyThatNoRuleKnowsAreReadAndSaid()
    {
        ResNet network = ForeignFile.Network();
        ResNet read = ForeignFile.Load(ForeignFile.Torch([("epoch", [("loss", Tensor.Ones([]))]), ("my_net", ForeignFile.Tensors(network))]));
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
        Assert.That(read.ReadingNotes, Is.EqualTo(new[] { "its tensors are under 'my_net', a key that no rule knows" }));
    }

    [Test]
    public void AHeadWithoutABiasGetsZerosAndSaysSo([Values] bool dropsAnother)
    {
        ResNet network = ForeignFile.Network();
        network.Head.Bias!.Value = Tensor.Zeros([5]);
        List<(string, Tensor)> tensors = ForeignFile.Tensors(network, name => name == "fc.bias" ? "" : name);
        if (dropsAnother) tensors.Add(("n_averaged", Tensor.Ones([])));
        ResNet read = ForeignFile.Load(ForeignFile.Torch(tensors));
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
        Assert.That(read.ReadingNotes, Is.EqualTo(new[] { "its head, 'fc', has no bias; zeros were taken" }));
    }

    [Test]
    public void TwoKeysThatNoRuleKnowsAreRejected() => Assert.That(
        ForeignFile.Refusal(ForeignFile.Torch([("gen", ForeignFile.Tensors(ForeignFile.Network())), ("dis", ForeignFile.Tensors(ForeignFile.Network()))])),
        Does.Contain("holds tensors under 'gen', 'dis', keys that no rule knows; expected one state_dict"));

    [Test]
    public void AMissingTensorIsNamed()
    {
        List<(string Name, Tensor Tensor)> tensors = ForeignFile.Tensors(ResNet.Create("resnet18", numClasses: 3), name => name == "conv1.weight" ? "" : name);
        Assert.That(ForeignFile.Refusal(ForeignFile.Torch(tensors)),
            Does.EndWith("holds 121 tensors that are not a ResNet's: it is like resnet18, but lacks 'conv1.weight'; expected all tensors of a network."));
    }

    [Test]
    public void TensorsUnlikeAnyNetworkAreNamed() => Assert.That(
        ForeignFile.Refusal(ForeignFile.Torch([("features.0.weight", Tensor.Zeros([4, 3, 3, 3])), ("b", Tensor.Zeros([1])), ("c", Tensor.Zeros([1]))])),
        Does.EndWith("holds 3 tensors that are not a ResNet's; the first are 'features.0.weight', 'b'; "
            + "expected names such as 'layer1.0.conv1.weight' and 'fc.weight', which a file of name rules can give."));

    [Test]
    public void AHeadWithoutRowsIsNamed()
    {
        List<(string Name, Tensor Tensor)> tensors = ForeignFile.Tensors(ForeignFile.Network(), name => name.StartsWith("fc", StringComparison.Ordinal) ? "" : name);
        tensors.Add(("fc.weight", Tensor.Zeros([0, 16])));
        Assert.That(ForeignFile.Refusal(ForeignFile.Torch(tensors)), Does.EndWith("'fc.weight' has shape [0, 16]; expected at least one class and one feature."));
    }

    private static List<(string Name, Tensor Tensor)> Parameters(ResNet network, string prefix) =>
        ForeignFile.Tensors(network, name => BatchStatistics.LayerOf(name) is null ? prefix + name : "");
}
