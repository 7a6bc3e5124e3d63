using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.FineTuning;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training;

namespace ResNetManaged.Tests.FineTuning;

/// <summary>A head that learns from features, with the settings for it.</summary>
public sealed class HeadTrainingTests
{
    private const int Width = 6;

    private static readonly NumberedImages Images = NumberedImages.Of(20, 15, 25);

    [Test]
    public void LearnsSeparableClasses()
    {
        Linear head = Head();
        (List<TrainingRecord> epochs, TrainingSummary summary) = Train(head, Separable());
        Assert.That(epochs.Select(record => record.Epoch), Is.EqualTo(Enumerable.Range(1, Options.Epochs)));
        Assert.That(epochs[^1].TrainLoss, Is.LessThan(epochs[0].TrainLoss / 4));
        Assert.That(epochs[summary.BestEpoch - 1].ValidationAccuracy, Is.EqualTo(1));
        Assert.That(summary.Confusion, Is.EqualTo(new[] { 20, 0, 0, 0, 15, 0, 0, 0, 25 }));
        Assert.That(epochs[^1].Step, Is.EqualTo(Options.Epochs * (Images.Count / Options.BatchSize)));
        Assert.That(epochs[^1].LearningRate, Is.LessThan(epochs[0].LearningRate / 100));
    }

    [Test]
    public void TheHeadHasTheBestEpochsWeights()
    {
        // Validation labels contradict the training labels, so the validation accuracy falls over time.
        int[] labels = [.. Enumerable.Range(0, Images.Count).Select(index => (Images.LabelOf(index) + 1) % 3)];
        FeatureDataset contrary = new(new NumberedImages(labels), Separable().Features);
        Linear head = Head(), once = Head();
        (List<TrainingRecord> epochs, TrainingSummary summary) = Train(head, contrary);
        int best = summary.BestEpoch;
        TrainingRecord record = epochs.MaxBy(record => (record.ValidationAccuracy, -record.ValidationLoss))!;
        Assert.That(best, Is.EqualTo(record.Epoch).And.LessThan(Options.Epochs));
        using CancellationTokenSource stop = new();
        Listener listener = new(report => { if (report.Finished?.Epoch == best) stop.Cancel(); });
        Assert.That(() => new Trainer(once, Separable(), contrary, Options).Run(listener, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Numbers(head), Is.EqualTo(Numbers(once)));
    }

    [Test]
    public void ResultsDependOnTheSeedButNotOnThreads()
    {
        float[] Trained(ulong seed, int threads)
        {
            Linear head = Head();
            new Trainer(head, Separable(), null, Options with { Seed = seed, Execution = new ExecutionOptions { Threads = threads } }).Run();
            return Numbers(head);
        }

        float[] first = Trained(1, 1);
        Assert.That(Trained(1, 2), Is.EqualTo(first));
        Assert.That(Trained(2, 1), Is.Not.EqualTo(first));
    }

    [Test]
    public void ASingleClassIsRejected()
    {
        FeatureDataset one = new(NumberedImages.Of(4), Tensor.Ones([4, Width]));
        Assert.That(() => new Trainer(Head(), one), Throws.TypeOf<DatasetException>().With.Message.Contains("one class, 'class 0'"));
    }

    [Test]
    public void MoreClassesThanOutputsAreRejected()
    {
        FeatureDataset four = new(NumberedImages.Of(1, 1, 1, 1), Tensor.Ones([4, Width]));
        Assert.That(() => new Trainer(Head(), four, options: Options with { BatchSize = 4 }), Throws.ArgumentException.With.Message.Contains("'numbered' has 4 classes; the model has 3"));
    }

    [Test]
    public void ANonFiniteLossEndsTheRun()
    {
        FeatureDataset broken = new(Images, Tensor.Full([Images.Count, Width], float.NaN));
        Assert.That(() => new Trainer(Head(), broken, options: Options).Run(), Throws.TypeOf<TrainingException>().With.Message.Contains("not finite in step 1 of epoch 1"));
    }

    [Test]
    public void FeaturesNeedOneRowPerImage() => Assert.That(() => new FeatureDataset(Images, Tensor.Zeros([59, 6])),
        Throws.TypeOf<ShapeMismatchException>().With.Message.Contains("[59, 6] differ from [60, D]"));

    [TestCase(1000, 64)]
    [TestCase(5, 5)]
    public void ABatchIsAtMostAllImages(int images, int expected) =>
        Assert.That(FineTuningRecipe.For(TinyData.Network(), TrainedPart.HeadOnly, images).BatchSize, Is.EqualTo(expected));

    private static TrainerOptions Options =>
        FineTuningRecipe.For(TinyData.Network(), TrainedPart.HeadOnly, Images.Count) with { Epochs = 30, BatchSize = 16, LearningRate = 0.02 };

    private static Linear Head() => new(Width, 3, generator: new TorchGenerator(4));

    private static (List<TrainingRecord> Epochs, TrainingSummary Summary) Train(Linear head, SampleSource validation)
    {
        List<TrainingRecord> epochs = [];
        TrainingSummary summary = new Trainer(head, Separable(), validation, Options).Run(new Listener(report =>
        {
            if (report.Finished is { } record) epochs.Add(record);
        }));
        return (epochs, summary);
    }

    private static float[] Numbers(Linear head) => [.. head.Weight.Value.ReadOnlySpan, .. head.Bias!.Value.ReadOnlySpan];

    /// <summary>Noise, plus 2 in the column of the class.</summary>
    private static FeatureDataset Separable()
    {
        Tensor features = Tensor.Uniform([Images.Count, Width], new TorchGenerator(3));
        for (int i = 0; i < Images.Count; i++) features.Span[i * Width + Images.LabelOf(i)] += 2;
        return new FeatureDataset(Images, features);
    }

    private sealed class Listener(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }
}
