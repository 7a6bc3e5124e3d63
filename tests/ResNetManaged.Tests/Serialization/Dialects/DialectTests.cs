using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Dialects;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Serialization.Dialects;

/// <summary>Networks under the names of other programs compute what they compute under ours.</summary>
public sealed partial class DialectTests
{
    private static IEnumerable<string> Prefixes => DialectTable.Prefixes.Where(rule => !rule.HasProjection).Select(rule => rule.Text);

    private static IEnumerable<string> Containers => DialectTable.Containers.Select(rule => rule.Key);

    private static IEnumerable<string> Droppable => DialectTable.Dropped.Select(rule => rule.Pattern.Text.Replace("*", "x", StringComparison.Ordinal));

    [TestCase("resnet18", 1000)]
    [TestCase("resnet50", 0)]
    [TestCase("cifar_resnet20", 10)]
    [TestCase("seresnext26t_32x4d", 3)]
    public void AFileOfPlainNamesIsReadAsTheRulesWouldReadIt(string name, int numClasses)
    {
        ResNet network = ResNet.Create(name, numClasses);
        ResNet read = ResNetCheckpoint.Build(network.StateDict());
        CheckpointOrigin byRules = DialectReader.Read(network.StateDict()).Origin;
        Assert.That(Facts(read.Origin!), Is.EqualTo(Facts(byRules)));
        Assert.That(read.StateDict().Keys, Is.EqualTo(network.StateDict().Keys));

        static string Facts(CheckpointOrigin origin) => string.Join('|',
            [origin.File, origin.Container, origin.Dialect, origin.Prefix, origin.Head, .. origin.Dropped, .. origin.Notes]);
    }

    [TestCaseSource(nameof(Prefixes))]
    public void APrefixIsRemoved(string prefix)
    {
        ResNet network = AssertReads(ForeignFile.Network(), name => prefix + name);
        Assert.That(network.Origin!.Prefix, Is.EqualTo(prefix));
    }

    [Test]
    public void NestedPrefixesAreRemoved() =>
        Assert.That(AssertReads(ForeignFile.Network(), name => "_forward_module._orig_mod.module.model." + name).Origin!.Head,
            Is.EqualTo("_forward_module._orig_mod.module.model.fc"));

    [TestCaseSource(nameof(Containers))]
    public void AContainerIsFoundAmongOtherThings(string container)
    {
        ResNet network = ForeignFile.Network();
        byte[] file = ForeignFile.Torch(ForeignFile.Tensors(network), container, pickle => pickle.Text("epoch").Op((byte)'K', 3, (byte)'s'));
        ResNet read = ForeignFile.Load(file);
        Assert.That(read.Origin!.Container, Is.EqualTo(container));
        Assert.That(read.Origin.Notes, Is.Empty);
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
    }

    [TestCase("model_ema")]
    [TestCase("state_dict_ema")]
    [TestCase("ema")]
    public void TheWeightsArePreferredToTheirAverageAndTheChoiceIsSaid(string average)
    {
        ResNet network = ForeignFile.Network(), other = ForeignFile.Network(numClasses: 3);
        ResNet read = ForeignFile.Load(ForeignFile.Torch([(average, ForeignFile.Tensors(other)), ("model", ForeignFile.Tensors(network))]));
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
        Assert.That(read.Origin!.Notes, Is.EqualTo(new[] { $"holds several state_dicts; 'model' was read, not '{average}'" }));
    }

    [TestCaseSource(nameof(Droppable))]
    public void TensorsOfTrainingAreLeftOut(string name)
    {
        ResNet network = ForeignFile.Network();
        List<(string, Tensor)> tensors = ForeignFile.Tensors(network, name => "module." + name);
        tensors.Insert(3, (name, Tensor.Ones([2])));
        ResNet read = ForeignFile.Load(ForeignFile.Torch(tensors));
        Assert.That(read.Origin!.Dropped, Is.EqualTo(new[] { name }));
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
    }

    [TestCase("linear")]
    [TestCase("fc.1")]
    [TestCase("head")]
    [TestCase("head.fc")]
    [TestCase("classifier")]
    [TestCase("classifier.1")]
    [TestCase("last_linear")]
    public void AHeadIsFoundUnderItsName(string head) => Assert.That(
        AssertReads(ForeignFile.Network(), name => name.Replace("fc.", head + ".", StringComparison.Ordinal)).Origin!.Head, Is.EqualTo(head));

    [Test]
    public void OpenMmLabsHeadStandsBesideTheBackbone() => Assert.That(
        AssertReads(ForeignFile.Network(), name => name.StartsWith("fc", StringComparison.Ordinal) ? "head." + name : "backbone." + name).Origin!.Head,
        Is.EqualTo("head.fc"));

    [TestCase("resnet.")]
    [TestCase("")]
    public void TransformersNamesAreRead(string prefix)
    {
        foreach (BlockKind kind in BlockKind.All)
        {
            ResNet read = AssertReads(ForeignFile.Network(kind), name => Transformers(prefix, name));
            Assert.That(read.Origin!.Dialect, Is.EqualTo("transformers"));
        }
    }

    [Test]
    public void CaffesNamesAreReadWithTheStrideInTheFirstConvolution()
    {
        ResNet network = ForeignFile.Network(BlockKind.Bottleneck);
        foreach ((string path, StateTensor tensor) in network.NamedState())
        {
            if (path.EndsWith("running_mean", StringComparison.Ordinal)) tensor.Value = Tensor.Zeros(tensor.Shape);
            if (path.EndsWith("running_var", StringComparison.Ordinal)) tensor.Value = Tensor.Full(tensor.Shape, 1 - 1e-5f);
        }
        ResNet expected = new ResNet(network.Config with { StrideInFirstConvolution = true }).Eval();
        expected.LoadStateDict(network.StateDict());
        foreach ((string path, StateTensor tensor) in expected.NamedState())
        {
            if (path == "conv1.weight") tensor.Value = FromBlueToRed(tensor.Value);
        }
        ResNet read = ForeignFile.Load(ForeignFile.Torch(ForeignFile.Tensors(network, Caffe)));
        Assert.That(read.Origin!.Dialect, Is.EqualTo("Caffe2"));
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(expected)));
    }

    /// <summary>Detectron2's names, in the file of a detector, with the statistics of its frozen batch norms.</summary>
    [Test]
    public void DetectronsNamesAreReadWithTheStrideInTheFirstConvolution()
    {
        ResNet network = ForeignFile.Network(BlockKind.Bottleneck, numClasses: 0);
        ResNet expected = new ResNet(network.Config with { StrideInFirstConvolution = true }).Eval();
        expected.LoadStateDict(network.StateDict());
        foreach ((string path, StateTensor tensor) in expected.NamedState())
        {
            if (path == "conv1.weight") tensor.Value = FromBlueToRed(tensor.Value);
        }
        List<(string, Tensor)> tensors = ForeignFile.Tensors(network, name => name.Contains("num_batches", StringComparison.Ordinal) ? "" : Detectron(name));
        foreach (string beside in (string[])["pixel_mean", "backbone.fpn_lateral2.weight", "backbone.fpn_output5.bias", "proposal_generator.rpn_head.conv.weight", "roi_heads.box_head.fc1.weight"])
            tensors.Insert(0, (beside, Tensor.Zeros([3, 1, 1])));
        ResNet read = ForeignFile.Load(ForeignFile.Torch(tensors, "model"));
        Assert.That((read.Origin!.Dialect, read.Origin.Prefix), Is.EqualTo(("Detectron2", "backbone.bottom_up.")));
        Assert.That(read.ReadingNotes, Has.One.Contains("Detectron2's defaults were taken").And.One.Contains("turned around"));
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(expected)));
    }

    [TestCase("resnetv2_18")]
    [TestCase("resnetv2_18d")]
    public void TimmsPreActivationNetworksAreReadBelowAPrefix(string variant)
    {
        ResNet network = new ResNet(ResNetVariants.Get(variant) with { Depths = [1, 1, 1, 1], Widths = [8, 8, 16, 16], NumClasses = 5 }).Eval();
        CheckpointOrigin origin = AssertReads(network, name => "model." + name).Origin!;
        Assert.That((origin.Dialect, origin.Prefix, origin.Head), Is.EqualTo(("pre-activation", "model.", "head.fc")));
    }

    [Test]
    public void AnUnnumberedStemIsRead()
    {
        ResNet network = new ResNet(ResNetConfig.Cifar(blocksPerStage: 1)).Eval();
        AssertReads(network, name => name.StartsWith("conv1", StringComparison.Ordinal) || name.StartsWith("bn1", StringComparison.Ordinal)
            ? name.Replace("1.", ".", StringComparison.Ordinal)
            : name);
    }

    [TestCase("module.encoder_q.", "module.encoder_k.", "queue")]
    [TestCase("module.base_encoder.", "module.momentum_encoder.", "predictor.0.weight")]
    public void OfMomentumContrastTheTrainedEncoderIsReadWithoutItsProjection(string trained, string copy, string beside)
    {
        ResNet network = ForeignFile.Network(), other = ForeignFile.Network(numClasses: 2);
        List<(string, Tensor)> tensors = [.. ForeignFile.Tensors(other, name => copy + name), .. ForeignFile.Tensors(network, name => trained + name)];
        tensors.Add(("module." + beside, Tensor.Zeros([4, 4])));
        ResNet read = ForeignFile.Load(ForeignFile.Torch(tensors, "state_dict"));
        Assert.That(read.Config.NumClasses, Is.Zero);
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Features(network)));
        Assert.That(read.Origin!.Notes.Single(), Does.Contain($"'{trained}*' was read, not '{copy}*'"));
    }

    [Test]
    public void AHeadOfSeveralLayersIsLeftOutAndTheNetworkStillEmbeds()
    {
        ResNet network = ForeignFile.Network();
        List<(string, Tensor)> tensors = [.. ForeignFile.Tensors(network, name => name.Replace("fc.", "fc.0.", StringComparison.Ordinal)),
            ("fc.2.weight", Tensor.Zeros([3, 5])), ("fc.2.bias", Tensor.Zeros([3]))];
        ResNet read = ForeignFile.Load(ForeignFile.Torch(tensors));
        Assert.That(read.Config.NumClasses, Is.Zero);
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Features(network)));
        Assert.That(read.Origin!.Notes.Single(), Does.Contain("several layers (fc.0, fc.2)"));
        Assert.That(read.Origin.Dropped, Is.EqualTo(new[] { "fc.* (4)" }));
    }

    [Test]
    public void AHeadWithWeightNormIsLeftOutAndSaidToBeWhatItIs()
    {
        ResNet network = ForeignFile.Network();
        List<(string, Tensor)> tensors = [.. ForeignFile.Tensors(network, name => name == "fc.weight" ? "fc.weight_v" : name)];
        int classes = network.Config.NumClasses;
        tensors.Add(("fc.weight_g", Tensor.Ones([classes, 1])));
        ResNet read = ForeignFile.Load(ForeignFile.Torch(tensors));
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Features(network)));
        Assert.That(read.Origin!.Notes.Single(), Does.Contain("its head, 'fc', holds fc.weight_v, fc.bias, fc.weight_g instead of a weight and a bias"));
    }

    [Test]
    public void TwoNetworksOfEqualRankAreRejected() => Assert.That(
        ForeignFile.Refusal(ForeignFile.Torch([
            .. ForeignFile.Tensors(ForeignFile.Network(), name => "backbone." + name), .. ForeignFile.Tensors(ForeignFile.Network(), name => "encoder." + name)])),
        Does.Contain("holds 2 networks, 'backbone.*' and 'encoder.*'; expected one; choose it with a file of name rules"));

    [Test]
    public void ATensorThatNoRuleKnowsIsRejected() => Assert.That(
        ForeignFile.Refusal(ForeignFile.Torch([.. ForeignFile.Tensors(ForeignFile.Network(), name => "model." + name), ("extra.weight", Tensor.Zeros([2]))])),
        Does.EndWith("not expected: 'extra.weight'."));

    [Test]
    public void CountersOfShapeOneAreRead()
    {
        ResNet network = ForeignFile.Network();
        List<(string, Tensor)> tensors = [.. ForeignFile.Tensors(network).Select(entry =>
            (entry.Name, entry.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal) ? Tensor.Ones([1]) : entry.Tensor))];
        Assert.That(ForeignFile.Output(ForeignFile.Load(ForeignFile.Torch(tensors))), Is.EqualTo(ForeignFile.Output(network)));
    }

    [Test]
    public void CountersMayBeMissing() => AssertReads(ForeignFile.Network(), name => name.Contains("num_batches", StringComparison.Ordinal) ? "" : name);

    [TestCase(32)]
    [TestCase(24)]
    public void TheStemsWidthFollowsFromTheFile(int channels) =>
        Assert.That(AssertReads(ForeignFile.Network(stemChannels: channels), name => name).Config.StemWidths, Is.EqualTo(new[] { channels }));

    [Test]
    public void ANetworkWithoutPrefixOrNotesIsNotCopied()
    {
        ResNet network = ForeignFile.Network();
        StateDict state = network.StateDict();
        Assert.That(DialectReader.Read(state).State, Is.SameAs(state));
    }

    private static ResNet AssertReads(ResNet network, Func<string, string> rename)
    {
        ResNet read = ForeignFile.Load(ForeignFile.Torch(ForeignFile.Tensors(network, rename)));
        Assert.That(ForeignFile.Output(read), Is.EqualTo(ForeignFile.Output(network)));
        Assert.That(read.Origin!.Notes, Is.Empty);
        return read;
    }

    private static string Transformers(string prefix, string name)
    {
        name = Block().Replace(name, match =>
        {
            int stage = Number(match, 1) - 1, block = Number(match, 2);
            string part = match.Groups[3].Value switch
            {
                "downsample.0" => "shortcut.convolution",
                "downsample.1" => "shortcut.normalization",
                ['c', .., char digit] => $"layer.{digit - '1'}.convolution",
                ['b', .., char digit] => $"layer.{digit - '1'}.normalization",
                _ => throw new ArgumentException(name),
            };
            return $"encoder.stages.{stage}.layers.{block}.{part}.";
        });
        name = name.StartsWith("conv1.", StringComparison.Ordinal) ? "embedder.embedder.convolution." + name[6..] : name;
        name = name.StartsWith("bn1.", StringComparison.Ordinal) ? "embedder.embedder.normalization." + name[4..] : name;
        return name.StartsWith("fc.", StringComparison.Ordinal) ? "classifier.1." + name[3..] : prefix + name;
    }

    private static string Caffe(string name)
    {
        if (name.Contains("running", StringComparison.Ordinal) || name.Contains("num_batches", StringComparison.Ordinal)) return "";
        bool isBias = name.EndsWith("bias", StringComparison.Ordinal);
        if (name.StartsWith("fc", StringComparison.Ordinal)) return isBias ? "pred_b" : "pred_w";
        if (name == "conv1.weight") return "conv1_w";
        if (name.StartsWith("bn1", StringComparison.Ordinal)) return isBias ? "res_conv1_bn_b" : "res_conv1_bn_s";
        Match match = Block().Match(name);
        string part = match.Groups[3].Value;
        bool isNorm = part.StartsWith("bn", StringComparison.Ordinal) || part == "downsample.1";
        string branch = part.StartsWith("downsample", StringComparison.Ordinal) ? "branch1" : "branch2" + (char)('a' + part[^1] - '1');
        return $"res{Number(match, 1) + 1}_{Number(match, 2)}_{branch}_{(isNorm ? isBias ? "bn_b" : "bn_s" : "w")}";
    }

    private static string Detectron(string name)
    {
        if (name == "conv1.weight") return "backbone.bottom_up.stem.conv1.weight";
        if (name.StartsWith("bn1.", StringComparison.Ordinal)) return "backbone.bottom_up.stem.conv1.norm." + name[4..];
        return Block().Replace(name, match => $"backbone.bottom_up.res{Number(match, 1) + 1}.{Number(match, 2)}." + (match.Groups[3].Value switch
        {
            "downsample.0" => "shortcut.",
            "downsample.1" => "shortcut.norm.",
            ['b', .., char digit] => $"conv{digit}.norm.",
            string part => part + ".",
        }));
    }

    private static Tensor FromBlueToRed(Tensor weights)
    {
        int channels = weights.Shape[1], kernel = weights.Shape[2] * weights.Shape[3];
        Tensor turned = Tensor.Zeros(weights.Shape);
        for (int i = 0; i < weights.ElementCount; i++)
        {
            int row = i / kernel, output = row / channels, input = row % channels;
            turned.Span[(output * channels + channels - 1 - input) * kernel + i % kernel] = weights.ReadOnlySpan[i];
        }
        return turned;
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^layer(\d)\.(\d)\.(conv\d|bn\d|downsample\.\d)\.")]
    private static partial Regex Block();
}
