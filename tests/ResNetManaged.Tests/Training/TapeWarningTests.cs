using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training;
using ResNetManaged.Training.Runs;

namespace ResNetManaged.Tests.Training;

public sealed class TapeWarningTests
{
    private const string Expected = "there is no training step for ";

    private static readonly SyntheticSamples Data = new(24), Held = new(6);

    private static readonly TrainerOptions Options = new() { Epochs = 2, BatchSize = 12, LearningRate = 0.05 };

    [Test]
    public void ATrainerReportsWhyItTrainsOnTheTape()
    {
        Trainer trainer = new(WithSoftmax(), Data, Held, Options);
        Assert.That(trainer.TapeReason, Does.StartWith(Expected).And.Contain("Softmax"));
        List<TrainingProgress> reports = [];
        TrainingSummary summary = trainer.Run(new Listener(reports.Add));
        Assert.That(reports, Has.Count.EqualTo(6));
        Assert.That(reports.Select(report => report.TapeReason), Is.All.EqualTo(trainer.TapeReason));
        Assert.That(summary.Epochs, Is.EqualTo(2));
    }

    [Test]
    public void ATrainingPlanReportsNoReason()
    {
        Trainer trainer = new(SyntheticSamples.Network(), Data, Held, Options);
        List<TrainingProgress> reports = [];
        trainer.Run(new Listener(reports.Add));
        Assert.That(trainer.TapeReason, Is.Null);
        Assert.That(reports.Select(report => report.TapeReason), Is.All.Null);
    }

    [Test]
    public void TheLogHasTheReasonOnceEvenIfTheRunIsResumed()
    {
        using TemporaryFolder folder = new();
        string log = folder["net.log.jsonl"];
        TrainerOptions options = Options with { Output = folder["net.safetensors"] };
        foreach (int stop in new[] { 0, 2 })
        {
            using CancellationTokenSource cancellation = new();
            if (stop == 0) cancellation.Cancel();
            int steps = 0;
            Trainer stopped = new(WithSoftmax(), Data, Held, options);
            Assert.Throws<OperationCanceledException>(() => stopped.Run(new Listener(_ => { if (++steps == stop) cancellation.Cancel(); }), cancellation.Token));
            Trainer resumed = new(WithSoftmax(), Data, Held, options);
            resumed.Resume(Trainer.LastCheckpointOf(options.Output!));
            resumed.Run();
            string[] lines = File.ReadAllLines(log);
            Assert.That(lines.Count(line => line.Contains("\"type\":\"tape\"")), Is.EqualTo(1), $"stopped after step {stop}");
            Assert.That(lines[0], Does.StartWith("{\"type\":\"tape\",\"reason\":\"" + Expected));
            Assert.That(TrainingLog.Read(log).Epochs, Has.Count.EqualTo(2));
        }
    }

    private static Sequential WithSoftmax()
    {
        TorchGenerator random = new(3);
        return new Sequential(new Conv2d(3, 8, 3, padding: 1, generator: random), new ReLU(), new Softmax(1), new AdaptiveAvgPool2d(1), new Flatten(),
            new Linear(8, 3, generator: random));
    }

    private sealed class Listener(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }
}
