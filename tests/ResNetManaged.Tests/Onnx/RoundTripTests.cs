using NUnit.Framework;
using ResNetManaged.Inference;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Onnx;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Onnx;

/// <summary>Networks of every design go out as ONNX and come back.</summary>
public sealed class RoundTripTests
{
    private const double Tolerance = 1e-5; // of the largest logit: two float32 computations that may fold and order their sums differently

    private static readonly string[] Variants =
    [
        "resnet18", "cifar_resnet20", "resnext50_32x4d", "seresnet50", "resnet50d", "resnet50_gn", "resnetaa50d", "resnetblur18", "ecaresnet26t",
            "resnetv2_50",
        "resnetv2_50x1_bit", "iresnet18",
    ];

    [TestCaseSource(nameof(Variants))]
    public void WeightsKeepTheirBitsAndNames(string variant)
    {
        ResNet network = RandomNetwork.Create(variant, mostBlocks: 1, numClasses: 10);
        using TemporaryFolder folder = new();
        OnnxNetwork read = RoundTrip(folder, network);
        StateDict expected = network.StateDict(), actual = read.StateDict();
        bool standardizes = variant.Contains("bit", StringComparison.Ordinal); // then the weights as they are multiplied are written
        foreach ((string name, Tensor tensor) in expected.Where(entry => !entry.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)))
        {
            Assert.That(actual.ContainsKey(name), Is.True, name);
            if (!standardizes || tensor.Shape.Rank < 4) Close.AssertSameBits(actual[name].ReadOnlySpan, tensor.ReadOnlySpan, name);
        }
        Assert.That(actual.Keys.Except(expected.Keys).Where(name => !name.EndsWith("num_batches_tracked", StringComparison.Ordinal)), Is.Empty);
    }

    [Test, Combinatorial]
    public void LogitsAgree([ValueSource(nameof(Variants))] string variant, [Values] bool fold)
    {
        ResNet network = RandomNetwork.Create(variant, mostBlocks: 1, numClasses: 10);
        using TemporaryFolder folder = new();
        OnnxNetwork read = RoundTrip(folder, network, fold);
        Assert.That(read.NumClasses, Is.EqualTo(10));
        Assert.That(read.FeatureCount, Is.EqualTo(network.FeatureCount));
        foreach (int batch in (int[])[1, 3])
        {
            Tensor input = Images(network, batch);
            AssertClose(read.Forward(input), network.Forward(input), $"{variant}, {batch} images");
        }
        string plan = read.Compile().PlanFor(Images(network, 1).Shape).ToString()!;
        Assert.That(plan, Does.Not.Contain("reference"), "every operation is native again");
    }

    [Test]
    public void PoolingOverThePlaneIsWrittenForAnySize([Values] GlobalPooling pooling)
    {
        ResNetConfig config = ResNetVariants.Get("resnet18") with { Depths = [1, 1, 1, 1], NumClasses = 10, GlobalPool = pooling };
        ResNet network = new ResNet(config, new TorchGenerator(1)).Eval();
        using TemporaryFolder folder = new();
        OnnxNetwork read = RoundTrip(folder, network);
        foreach (int side in (int[])[64, 96])
        {
            Tensor input = Tensor.Uniform([2, 3, side, side], new TorchGenerator(2), -1, 1);
            AssertClose(read.Forward(input), network.Forward(input), $"{pooling}, {side} pixels");
        }
    }

    [TestCase("resnet18")]
    [TestCase("seresnet50")]
    [TestCase("resnet50_gn")]
    public void SafetensorsOfAnOnnxNetworkKeepEverything(string variant)
    {
        ResNet network = RandomNetwork.Create(variant, mostBlocks: 1, numClasses: 3);
        network.ClassNames = ["one", "two", "three"];
        network.Preset = network.UsualPreset with { Crop = (64, 64) };
        using TemporaryFolder folder = new();
        OnnxNetwork first = RoundTrip(folder, network);
        NetworkFile.Save(folder["net.safetensors"], first);
        ImageNetwork second = NetworkFile.Load(folder["net.safetensors"]);
        Assert.That(second, Is.TypeOf<OnnxNetwork>());
        Tensor input = Images(network, 2);
        Close.AssertSameBits(second.Forward(input).ReadOnlySpan, first.Forward(input).ReadOnlySpan, variant);
        foreach (ImageNetwork read in (ImageNetwork[])[first, second])
        {
            Assert.That(read.ClassNames, Is.EqualTo(network.ClassNames));
            Assert.That(read.Preset, Is.EqualTo(network.Preset));
        }
        Assert.That(second.StateDict().Keys, Is.EqualTo(first.StateDict().Keys));
    }

    [Test]
    public void AFoldedFileHasNoBatchNorms()
    {
        using TemporaryFolder folder = new();
        OnnxNetwork read = RoundTrip(folder, RandomNetwork.Create("resnet18", mostBlocks: 1, numClasses: 3), fold: true);
        Assert.That(read.Program.Nodes.Select(node => node.Operator), Does.Not.Contain("BatchNormalization"));
    }

    [Test]
    public void ATrainingModeIsRefused()
    {
        using TemporaryFolder folder = new();
        Assert.That(() => OnnxFile.Write(folder["net.onnx"], TinyData.Network().Train()), Throws.ArgumentException);
    }

    internal static OnnxNetwork RoundTrip(TemporaryFolder folder, ImageNetwork network, bool fold = false)
    {
        OnnxFile.Write(folder["net.onnx"], network, fold);
        return (OnnxNetwork)OnnxFile.Read(folder["net.onnx"]);
    }

    internal static Tensor Images(ImageNetwork network, int batch)
    {
        int side = network.UsualSide > 112 ? 96 : network.UsualSide; // faces of 112 x 112 are flattened, so they need that size
        return Tensor.Uniform([batch, 3, side, side], new TorchGenerator(3), -2, 2);
    }

    internal static void AssertClose(Tensor actual, Tensor expected, string what)
    {
        Assert.That(actual.Shape, Is.EqualTo(expected.Shape), what);
        double[] oracle = Array.ConvertAll(expected.ReadOnlySpan.ToArray(), x => (double)x);
        double largest = oracle.Max(Math.Abs);
        Close.AssertWithin(actual.ReadOnlySpan, oracle, [.. oracle.Select(_ => largest)], Tolerance, what);
    }
}
