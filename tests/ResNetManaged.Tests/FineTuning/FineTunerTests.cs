using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.FineTuning;
using ResNetManaged.Imaging;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training;
using ResNetManaged.Training.Losses;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Tests.FineTuning;

public sealed class FineTunerTests
{
    private static readonly string[] Variants = ["cifar_resnet20", "resnet18", "textbook_resnet18"];

    [TestCaseSource(nameof(Variants))]
    public void ANewHeadSharesTheBody(string variant)
    {
        ResNet model = RandomNetwork.Create(variant, mostBlocks: 1);
        ResNet tuned = model.WithHead(3, new TorchGenerator(5));
        Linear expected = new(model.Head.InFeatures, 3, generator: new TorchGenerator(5));
        Assert.That(tuned.Config.NumClasses, Is.EqualTo(3));
        Assert.That(tuned.Training, Is.False);
        Assert.That(Numbers(tuned.Head.Weight), Is.EqualTo(Numbers(expected.Weight)));
        Assert.That(Numbers(tuned.Head.Bias!), Is.EqualTo(Numbers(expected.Bias!)));
        StateDict before = model.StateDict(), after = tuned.StateDict();
        Assert.That(after.Keys, Is.EqualTo(before.Keys));
        foreach (string path in after.Keys.Where(path => path.Split('.')[0] is not ("fc" or "linear")))
            Assert.That(after[path], Is.SameAs(before[path]), path);
    }

    [Test]
    public void AHeadWithoutClassesIsRejected() =>
        Assert.That(() => TinyData.Network().WithHead(0), Throws.TypeOf<ArgumentOutOfRangeException>());

    [TestCase("cifar_resnet20", TrainedPart.HeadOnly, "linear")]
    [TestCase("cifar_resnet20", TrainedPart.LastStage, "layer3,linear")]
    [TestCase("cifar_resnet20", TrainedPart.All, "conv1,bn1,layer1,layer2,layer3,linear")]
    [TestCase("resnet18", TrainedPart.LastStage, "layer4,fc")]
    [TestCase("textbook_resnet18", TrainedPart.LastStage, "layer5_x,fc")]
    [TestCase("textbook_resnet18", TrainedPart.All, "layer1,layer2_x,layer3_x,layer4_x,layer5_x,fc")]
    public void OnlyTheTrainedPartRequiresGradients(string variant, TrainedPart part, string expected)
    {
        ResNet model = ResNet.Create(variant);
        FineTuner.Freeze(model, part);
        IEnumerable<string> learning = model.NamedParameters().Where(named => named.Parameter.RequiresGrad).Select(named => named.Path.Split('.')[0]);
        Assert.That(learning.Distinct(), Is.EqualTo(expected.Split(',')));
    }

    [Test]
    public void AFrozenPartCanBeUnfrozen()
    {
        ResNet model = TinyData.Network();
        FineTuner.Freeze(model, TrainedPart.HeadOnly);
        FineTuner.Freeze(model, TrainedPart.All);
        Assert.That(model.Parameters().All(parameter => parameter.RequiresGrad));
        Assert.That(model.NamedModules().All(named => named.Module.Training));
    }

    [Test]
    public void AStepDoesNotChangeTheFrozenPart()
    {
        ResNet model = TinyData.Network();
        FineTuner.Freeze(model, TrainedPart.LastStage);
        Dictionary<string, float[]> before = model.StateDict().ToDictionary(named => named.Key, named => named.Value.ReadOnlySpan.ToArray());
        TrainingPlan plan = new(model, [4, 3, 32, 32]);
        CrossEntropyLoss loss = new();
        int[] labels = [1, 2, 3, 4];
        plan.Run(Tensor.Uniform([4, 3, 32, 32], new TorchGenerator(1)), (logits, gradient) => loss.Compute(logits, 10, labels, gradient));
        new Sgd(ParameterGroup.Of(model)).Step(plan.Gradients, 0.1);
        string[] changed =
        [
            .. model.StateDict().Where(named => !named.Value.ReadOnlySpan.SequenceEqual(before[named.Key])).Select(named => named.Key.Split('.')[0]).Distinct(),
        ];
        Assert.That(changed, Is.EqualTo(new[] { "layer3", "linear" }));
        StateDict after = model.StateDict();
        foreach (string path in after.Keys.Where(path => path.Split('.')[0] == "layer3"))
            Assert.That(after[path].ReadOnlySpan.SequenceEqual(before[path]), Is.False, path);
    }

    [Test]
    public void LearningRatesShrinkFromStageToStage()
    {
        ResNet model = ResNet.Create("resnet18");
        Func<string, double> factorOf = FineTuner.LearningRateFactors(model, 0.5);
        Dictionary<string, double> factors = model.NamedParameters().GroupBy(named => named.Path.Split('.')[0])
            .ToDictionary(child => child.Key, child => child.Select(named => factorOf(named.Path)).Distinct().Single());
        Assert.That(factors, Is.EquivalentTo(new Dictionary<string, double>
        {
            ["fc"] = 1,
            ["layer4"] = 0.5,
            ["layer3"] = 0.25,
            ["layer2"] = 0.125,
            ["layer1"] = 0.0625,
            ["conv1"] = 0.03125,
            ["bn1"] = 0.03125,
        }));
    }

    [Test]
    public void TheHeadLearnsFromPicturesAndIsSaved()
    {
        using TemporaryFolder folder = new();
        ImageDataset images = ImageDatasets.Open(ColoredImages.Write(folder, "pictures", perClass: 10));
        ResNet body = TinyData.Network();
        FineTuningOptions options = new() { Output = folder["new.safetensors"], CacheFolder = folder["cache"], Epochs = 5 };
        FineTuner tuner = new(body, images, options);
        List<TrainingProgress> reports = [];
        TrainingSummary summary = tuner.Run(new Listener(reports.Add));
        Assert.That(reports.Where(report => report.Finished is not null).Select(report => report.Epoch), Is.EqualTo(new[] { 1, 2, 3, 4, 5 }));
        Assert.That((summary.Epochs, summary.Confusion.Sum()), Is.EqualTo((5, 6)), "a fifth of the 30 pictures is held out");
        ResNet saved = ResNetCheckpoint.Load(options.Output);
        Assert.That(saved.ClassNames, Is.EqualTo(ColoredImages.ClassNames));
        Assert.That(Numbers(saved.Head.Weight), Is.EqualTo(Numbers(tuner.Model.Head.Weight)));

        FineTuner again = new(TinyData.Network(), images, new FineTuningOptions { CacheFolder = folder["cache"], Epochs = 5 });
        again.Run();
        Assert.That(Numbers(again.Model.Head.Weight), Is.EqualTo(Numbers(saved.Head.Weight)), "cached features give the same weights");
        Assert.That(Directory.GetFiles(folder["cache"]), Has.Length.EqualTo(1));
    }

    [Test]
    public void TheLastStageIsTrainedOnRequest()
    {
        using TemporaryFolder folder = new();
        ImageDataset images = ImageDatasets.Open(ColoredImages.Write(folder, "pictures", perClass: 4));
        FineTuningOptions options = new() { Part = TrainedPart.LastStage, Epochs = 1, ValidationShare = 0, Output = folder["new.safetensors"] };
        ResNet body = TinyData.Network();
        Dictionary<string, float[]> before = body.StateDict().ToDictionary(named => named.Key, named => named.Value.ReadOnlySpan.ToArray());
        FineTuner tuner = new(body, images, options);
        tuner.Run();
        string[] changed =
        [
            .. tuner.Model.StateDict().Where(named => !named.Value.ReadOnlySpan.SequenceEqual(before[named.Key])).Select(named => named.Key.Split('.')[0]).Distinct(),
        ];
        Assert.That(changed, Is.EqualTo(new[] { "layer3", "linear" }));
        Assert.That(File.Exists(folder["new.last.safetensors"]), Is.False);
        Assert.That(ResNetCheckpoint.Load(folder["new.safetensors"]).StateDict().Keys, Is.EqualTo(before.Keys));
    }

    [Test]
    public void OtherChannelsAndASingleClassAreRejected()
    {
        ResNet gray = new(ResNetConfig.Cifar(1) with { InChannels = 1 });
        Assert.That(() => new FineTuner(gray, NumberedImages.Of(4, 4)), Throws.ArgumentException.With.Message.Contains("takes 1 channels; images have 3"));
        Assert.That(() => new FineTuner(TinyData.Network(), NumberedImages.Of(4)), Throws.TypeOf<DatasetException>().With.Message.Contains("one class"));
        Assert.That(() => new FineTuningOptions { ValidationShare = 1 }, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new FineTuningOptions { Epochs = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new FineTuningOptions { LearningRate = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private sealed class Listener(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }

    private static float[] Numbers(Parameter parameter) => parameter.Value.ReadOnlySpan.ToArray();
}
