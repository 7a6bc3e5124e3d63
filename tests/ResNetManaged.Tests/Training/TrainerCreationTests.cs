using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training;

namespace ResNetManaged.Tests.Training;

public sealed class TrainerCreationTests
{
    private static readonly TrainerOptions Options = TrainingRecipe.Cifar10.Options with { Epochs = 1, BatchSize = 6, Seed = 3 };

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void CreateGivesTheSameResultAsAssemblingTheParts()
    {
        ImageDataset images = ImageDatasets.Open(ColoredImages.Write(_folder, "pictures", perClass: 8));
        Trainer.Create("cifar_resnet20", images, Options with { Output = _folder["short.safetensors"] }, validationShare: 0.25).Run();

        DatasetSplit split = DatasetSplit.Stratified(images, 0.25, Options.Seed);
        ImagePreset preset = ImageClassifier.DefaultPreset(ResNetVariants.Get("cifar_resnet20"));
        ResNet network = ResNet.Create("cifar_resnet20", 3, generator: new TorchGenerator(Options.Seed));
        (network.ClassNames, network.Preset) = (images.ClassNames, preset);
        new Trainer(network, images.Samples(preset, Options.Augmentation).Subset(split.Training), images.Samples(preset).Subset(split.Validation),
            Options with { Output = _folder["long.safetensors"] }).Run();
        Assert.That(File.ReadAllBytes(_folder["short.safetensors"]), Is.EqualTo(File.ReadAllBytes(_folder["long.safetensors"])));
        Assert.That(ResNetCheckpoint.Load(_folder["short.safetensors"]).ClassNames, Is.EqualTo(ColoredImages.ClassNames));
    }

    [Test]
    public void ASmallFolderIsOneBatchAndHoldingOutIsOptional()
    {
        ImageDataset images = ImageDatasets.Open(ColoredImages.Write(_folder, "pictures", perClass: 2));
        Trainer trainer = Trainer.Create("cifar_resnet20", images, Options with { BatchSize = 128 }, validationShare: 0);
        Assert.That(trainer.StepsPerEpoch, Is.EqualTo(1));
        TrainingSummary summary = trainer.Run();
        Assert.That((summary.Steps, summary.ValidationAccuracy), Is.EqualTo((1, (double?)null)));
        Assert.That(((ResNet)trainer.Model).ClassNames, Is.EqualTo(images.ClassNames));
    }

    [Test]
    public void CreateRejectsInvalidArguments()
    {
        ImageDataset images = NumberedImages.Of(4, 4);
        Assert.That(() => Trainer.Create("resnet19", images), Throws.ArgumentException.With.Message.Contains("resnet19"));
        Assert.That(() => Trainer.Create("cifar_resnet20", images, validationShare: 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Trainer.Create("cifar_resnet20", NumberedImages.Of(4)), Throws.TypeOf<DatasetException>().With.Message.Contains("one class"));
    }
}
