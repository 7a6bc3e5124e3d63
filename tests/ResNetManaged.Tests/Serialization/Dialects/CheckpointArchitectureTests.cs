using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Serialization.Folders;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training.Runs;

namespace ResNetManaged.Tests.Serialization.Dialects;

/// <summary>What the shapes of tensors do not tell survives in our own files.</summary>
public sealed class CheckpointArchitectureTests
{
    private static readonly Dictionary<string, Func<ResNetConfig>> Cases = new()
    {
        ["plain"] = () => Small("resnet18"),
        ["plain bottlenecks"] = () => Small("resnet50"),
        ["five stages"] = () => Small("resnet18") with { Depths = [1, 1, 1, 1, 1], Widths = [8, 8, 16, 16, 24] },
        ["blur"] = () => Small("resnetblur18"),
        ["averages"] = () => Small("resnetaa34d"),
        ["maximum"] = () => Small("resnet18") with { GlobalPool = GlobalPooling.Max },
        ["mean of average and maximum"] = () => Small("resnet18") with { GlobalPool = GlobalPooling.AverageOfBoth },
        ["average and maximum"] = () => Small("resnet18") with { GlobalPool = GlobalPooling.Both },
        ["dilated"] = () => Small("resnet50") with { OutputStride = 8 },
        ["dilated once"] = () => Small("resnet18") with { OutputStride = 16 },
        ["strides in the first convolution"] = () => Small("resnet50") with { StrideInFirstConvolution = true },
        ["group norm"] = () => Small("resnet50_gn"),
        ["Big Transfer"] = () => Small("resnetv2_50x1_bit"),
        ["pre-activation"] = () => Small("resnetv2_50"),
        ["stem of three convolutions, pooled by one"] = () => Small("resnetrs50"),
    };

    private static IEnumerable<string> Names => Cases.Keys;

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCaseSource(nameof(Names))]
    public void ASavedNetworkIsTheSame(string name)
    {
        ResNet saved = Create(name);
        ResNetCheckpoint.Save(_folder["net.safetensors"], saved);
        AssertSame(saved, ResNetCheckpoint.Load(_folder["net.safetensors"]));
    }

    [TestCaseSource(nameof(Names))]
    public void ATrainedNetworkIsTheSame(string name)
    {
        ResNet trained = Create(name);
        TrainingCheckpoint.WriteWeights(_folder["net.safetensors"], trained.StateDict(), TrainingSettings.Describe(trained, ["a", "b", "c"]));
        AssertSame(trained, ResNetCheckpoint.Load(_folder["net.safetensors"]));
    }

    [Test]
    public void OtherFilesNeedNoEntries()
    {
        ResNetCheckpoint.Save(_folder["net.safetensors"], Create("plain"));
        Assert.That(Safetensors.ReadMetadata(_folder["net.safetensors"]), Is.Empty);
    }

    [TestCase("resnet_output_stride", "7", "8, 16 or 32")]
    [TestCase("resnet_global_pool", "mean", "average or max or averageofboth or both")]
    [TestCase("resnet_anti_aliasing", "", "none or average or blur")]
    [TestCase("resnet_stride_in_first_convolution", "yes", "true or false")]
    [TestCase("resnet_standardization_eps", "-1", "none or a number between 0 and 1")]
    public void AnInvalidEntryIsRejected(string name, string value, string expected)
    {
        Safetensors.Write(_folder["net.safetensors"], Create("plain").StateDict(), new Dictionary<string, string> { [name] = value });
        Assert.That(() => ResNetCheckpoint.Load(_folder["net.safetensors"]),
            Throws.TypeOf<CheckpointException>().With.Message.Contains($"metadata '{name}'").And.Message.Contains($"'{value}'").And.Message.Contains($"expected {expected}"));
    }

    [TestCase("blur")]
    [TestCase("maximum")]
    [TestCase("dilated")]
    [TestCase("group norm")]
    public void TransformersHasNoSuchNetwork(string name)
    {
        Assert.That(() => ModelFolderWriter.WriteTransformers(_folder["hf"], Create(name), ImagePreset.ImageNet, half: false),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("transformers has only torchvision's ResNets"));
        Assert.That(Directory.Exists(_folder["hf"]), Is.False);
    }

    private static ResNetConfig Small(string variant)
    {
        ResNetConfig config = ResNetVariants.Get(variant);
        return config with { Depths = [1, 2, 1, 1], NumClasses = 3, ZeroInitLastGamma = false };
    }

    private static ResNet Create(string name) => new ResNet(Cases[name](), new TorchGenerator(1)).Eval();

    private static void AssertSame(ResNet expected, ResNet actual)
    {
        Assert.That(actual.Config, Is.EqualTo(expected.Config));
        Tensor input = Tensor.Uniform([1, 3, 64, 64], new TorchGenerator(2), -1, 1);
        Assert.That(actual.Forward(input).ReadOnlySpan.ToArray(), Is.EqualTo(expected.Forward(input).ReadOnlySpan.ToArray()));
    }
}
