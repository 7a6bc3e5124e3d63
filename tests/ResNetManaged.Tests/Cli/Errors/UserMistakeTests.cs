using NUnit.Framework;
using ResNetManaged.Cli;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Errors;

/// <summary>Mistakes that would make the library throw an argument exception; the command line detects them first.</summary>
public sealed class UserMistakeTests : CliTest
{
    [TestCase("--mixup", "0", "above 0")]
    [TestCase("--ema", "1", "below 1")]
    [TestCase("--clip-norm", "0", "above 0")]
    [TestCase("--label-smoothing", "1.5", "from 0 to 1")]
    [TestCase("--time-budget", "0", "above 0")]
    [TestCase("--time-budget", "1e300", "at most 527040")]
    [TestCase("--micro-batches", "5", "a batch of 8 images")]
    public void AnInvalidTrainingOptionIsAUsageError(string option, string value, string expected) =>
        AssertFails(Run("train", WriteArrays([8, 3, 8, 8]), "--model", "cifar_resnet20", "--output", Folder["net.safetensors"], "--batch", "8", option, value),
            2, option, $"'{value}'", expected);

    [TestCase("summary", "resnet18", "--num-classes", "2000000000")]
    [TestCase("summary", "resnet18", "--input", "1,4,224,224")]
    [TestCase("summary", "resnet18.layer9")]
    [TestCase("benchmark", "resnet18", "--batch", "2000000000", "--size", "2000000000")]
    [TestCase("benchmark", "cifar_resnet20", "--train", "--batch", "1", "--size", "4")]
    [TestCase("serve", "--stop-within", "1e300")]
    [TestCase("serve", "--host", "")]
    [TestCase("similar", "a.jpg", "b.jpg", "--duplicates", "1.5")]
    public void AnInvalidValueIsAUsageError(params string[] arguments)
    {
        CliResult result = Run(arguments);
        AssertFails(result, ExitCode.WrongUsage);
        Assert.That(result.Error, Does.Not.Contain("please report").And.Not.Contain("(Parameter"));
    }

    [TestCase("classify")]
    [TestCase("explain", "--output", "heat.png")]
    [TestCase("embed", "--output", "v.npy")]
    [TestCase("similar", "b.bmp")]
    public void ANetworkWithOtherChannelsIsRejected(string command, params string[] more)
    {
        ResNetCheckpoint.Save(Folder["gray.safetensors"], ResNet.Create("cifar_resnet20", inChannels: 1, generator: new TorchGenerator(1)));
        string image = Folder.Write("a.bmp", TinyData.Bmp());
        AssertFails(Run([command, image, .. more.Select(InFolder), "--weights", Folder["gray.safetensors"]]), 1, "gray.safetensors", "1 channel;", "images have 3");

        string InFolder(string argument) => argument.Contains('.') ? Folder[argument] : argument;
    }

    [Test]
    public void BatchNormNeedsMoreThanOneValuePerChannel()
    {
        string data = WriteArrays([4, 3, 4, 4]);
        AssertFails(Run("train", data, "--model", "cifar_resnet20", "--output", Folder["net.safetensors"], "--batch", "1"), 1, data, "one value per channel");
    }

    [Test]
    public void AnEmbeddingWithoutDirectionIsReportedWithItsImage()
    {
        ResNet broken = TinyData.Network();
        foreach (Parameter parameter in broken.Parameters()) parameter.Value.Span.Fill(float.NaN);
        ResNetCheckpoint.Save(Folder["broken.safetensors"], broken);
        string image = Folder.Write("a.bmp", TinyData.Bmp());
        AssertFails(Run("similar", image, image, "--weights", Folder["broken.safetensors"]), 1, image, "0 or not finite");
    }

    private string WriteArrays(Shape images)
    {
        Npy.Write(Folder["x.npy"], Tensor.Uniform(images, new TorchGenerator(1)));
        Npy.Write(Folder["y.npy"], Tensor.FromArray([.. Enumerable.Range(0, images[0]).Select(index => (float)(index % 2))], [images[0]]), NpyType.Int64);
        return $"{Folder["x.npy"]},{Folder["y.npy"]}";
    }
}
