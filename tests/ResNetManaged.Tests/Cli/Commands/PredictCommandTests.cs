using NUnit.Framework;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class PredictCommandTests : CliTest
{
    private const int MoreThanABatch = 70;

    [Test]
    public void WritesTheLogitsOfEveryImage()
    {
        Tensor images = WriteImages([MoreThanABatch, 3, 32, 32]);
        CliResult result = Predict("y.npy");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Out + result.Error, Is.Empty);
        // No tolerance: splitting a batch does not change a bit.
        Assert.That(Npy.Read(Folder["y.npy"]).MaxAbsoluteDifference(TinyData.Network().Forward(images)), Is.Zero);
    }

    [Test]
    public void FeaturesArePooled()
    {
        Tensor images = WriteImages([2, 3, 32, 32]);
        Assert.That(Predict("f.npy", "--features").ExitCode, Is.Zero);
        Tensor features = Npy.Read(Folder["f.npy"]);
        Assert.That(features.Shape, Is.EqualTo(Shape.Create(2, 64)));
        Assert.That(features.MaxAbsoluteDifference(TinyData.Network().ForwardFeatures(images)), Is.Zero);
    }

    [TestCase(new[] { 2, 4, 32, 32 }, "4 channels")]
    [TestCase(new[] { 3, 32, 32 }, "[3, 32, 32]")]
    [TestCase(new[] { 0, 3, 32, 32 }, "at least one")]
    public void RejectsInputsThatAreNotABatchOfImages(int[] shape, string mentioned)
    {
        WriteImages(Shape.Create(shape));
        AssertFails(Predict("y.npy"), 1, "x.npy", mentioned);
        Assert.That(File.Exists(Folder["y.npy"]), Is.False);
    }

    [Test]
    public void ADamagedArrayIsRejectedAndTheOldOutputKept()
    {
        Folder.Write("x.npy", [0x93, (byte)'N', (byte)'U', 1]);
        Folder.Write("y.npy", [42]);
        AssertFails(Predict("y.npy"), 1, "x.npy");
        Assert.That(File.ReadAllBytes(Folder["y.npy"]), Is.EqualTo(new byte[] { 42 }));
    }

    [Test]
    public void RejectsInvalidPaths()
    {
        WriteImages([1, 3, 32, 32]);
        AssertFails(Run("predict", "--input", Folder["x.npy"], "--output", Path.Combine(Folder.Path, "no", "y.npy"), "--weights", Weights),
            1, "there is no folder");
        AssertFails(Run("predict", "--input", Folder["x.npy"], "--output", "", "--weights", Weights), 1, "is empty");
        AssertFails(Run("predict", "--input", Folder["x.npy"], "--output", Folder.Path, "--weights", Weights), 1, "is a folder");
        AssertFails(Run("predict", "--input", Folder["none.npy"], "--output", Folder["y.npy"], "--weights", Weights), 1, "none.npy");
    }

    private Tensor WriteImages(Shape shape)
    {
        Tensor images = Tensor.Uniform(shape, new TorchGenerator(5));
        Npy.Write(Folder["x.npy"], images);
        return images;
    }

    private CliResult Predict(string output, params string[] options) =>
        Run(["predict", "--input", Folder["x.npy"], "--output", Folder[output], "--weights", Weights, .. options]);
}
