using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.Datasets.Batches;
using ResNetManaged.Inference;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tests.Support;
using ResNetManaged.Tests.Support.Files;
using ResNetManaged.Training;
using ResNetManaged.Training.Optimizers;
using ResNetManaged.Training.Runs;

namespace ResNetManaged.Tests.Training;

public sealed class TrainerTests
{
    private static readonly SyntheticSamples Data = new(48), Held = new(12);

    private static readonly TrainerOptions Options = new()
    {
        Epochs = 4,
        BatchSize = 12,
        LearningRate = 0.05,
        LogSteps = 2,
    };

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    private string Output => _folder["net.safetensors"];

    private string Last => _folder["net.last.safetensors"];

    [Test]
    public void LearnsSeparableClasses()
    {
        ResNet model = SyntheticSamples.Network();
        Recorder recorder = new();
        TrainingSummary summary = new Trainer(model, Data, Held, Options with { Epochs = 6 }).Run(recorder);
        TrainingRecord[] epochs = recorder.Epochs;
        Assert.That(epochs.Select(epoch => epoch.Epoch), Is.EqualTo(new[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(epochs[^1].TrainLoss, Is.LessThan(epochs[0].TrainLoss / 2));
        Assert.That(epochs[^1].ValidationAccuracy, Is.EqualTo(1));
        Assert.That(summary.End, Is.EqualTo(TrainingEnd.Completed));
        Assert.That(summary.ValidationAccuracy, Is.EqualTo(1));
        Assert.That(summary.Confusion, Is.EqualTo(new[] { 4, 0, 0, 0, 4, 0, 0, 0, 4 }));
        Assert.That(model.Training, Is.False);
        Assert.That(Evaluation.Run(model, [Batch(Held)]).Loss, Is.EqualTo(summary.ValidationLoss!.Value).Within(1e-6)); // the best epoch's weights
    }

    private static readonly TestCaseData[] Variations =
    [
        new TestCaseData(Options).SetArgDisplayNames("sgd"),
        new TestCaseData(Options with { Optimizer = groups => new AdamW(groups), WeightDecay = 0.01, LearningRate = 1e-3 }).SetArgDisplayNames("adamw"),
        new TestCaseData(Options with { Optimizer = groups => new Lion(groups), WeightDecay = 0.01, LearningRate = 1e-3 }).SetArgDisplayNames("custom optimizer"),
        new TestCaseData(Options with { MovingAverage = 0.9, Mixup = 1, LabelSmoothing = 0.1 }).SetArgDisplayNames("average and mixup"),
        new TestCaseData(Options with { MicroBatches = 3, ClipNorm = 0.5, Order = SampleOrder.ClassBalanced }).SetArgDisplayNames("micro-batches"),
        new TestCaseData(Options with { MicroBatches = 6, ReducesInTree = true, ClipNorm = 0.5 }).SetArgDisplayNames("micro-batches in a tree"),
    ];

    [TestCaseSource(nameof(Variations))]
    public void AStoppedAndResumedRunEndsWithTheSameBits(TrainerOptions options)
    {
        options = options with { Output = Output, Seed = 5 };
        Create(options).Run();
        byte[] best = File.ReadAllBytes(Output);
        (string[] names, float[] bits) = Elements(Last);
        string[] log = Log();
        foreach (int stop in new[] { 1, 4, 7, 15 }) // in the first epoch, at an epoch's end, in the second, before the last step
        {
            foreach (string file in Directory.GetFiles(_folder.Path)) File.Delete(file);
            using CancellationTokenSource cancellation = new();
            Recorder recorder = new() { OnStep = step => { if (step == stop) cancellation.Cancel(); } };
            Assert.Throws<OperationCanceledException>(() => Create(options).Run(recorder, cancellation.Token));
            Assert.That(Trainer.IsUnfinished(Last), Is.True);
            Trainer resumed = Create(options, seed: 99); // its own initial weights do not matter
            resumed.Resume(Last);
            resumed.Run();
            (string[] resumedNames, float[] resumedBits) = Elements(Last);
            Assert.That(resumedNames, Is.EqualTo(names));
            Assert.That(resumedBits, Is.EqualTo(bits), $"stopped after step {stop}");
            Assert.That(File.ReadAllBytes(Output), Is.EqualTo(best));
            Assert.That(Log(), Is.EqualTo(log));
            Assert.That(Trainer.IsUnfinished(Last), Is.False);
        }
    }

    [Test]
    public void ARunCanBeResumedWithOrWithoutRecomputation([Values] bool first)
    {
        TrainerOptions options = Options with { MicroBatches = 2, Output = Output };
        Create(options).Run();
        float[] bits = Elements(Last).Elements;
        File.Delete(Last);
        using CancellationTokenSource cancellation = new();
        Recorder recorder = new() { OnStep = step => { if (step == 6) cancellation.Cancel(); } };
        Assert.Throws<OperationCanceledException>(() => Create(options with { Recompute = first }).Run(recorder, cancellation.Token));
        Trainer resumed = Create(options with { Recompute = !first });
        resumed.Resume(Last);
        resumed.Run();
        Assert.That(Elements(Last).Elements, Is.EqualTo(bits));
    }

    [Test]
    public void ThreadCountDoesNotChangeResults()
    {
        float[] one = Train(1), two = Train(2);
        Assert.That(two, Is.EqualTo(one));

        float[] Train(int threads)
        {
            Create(Options with { Epochs = 2, Output = Output, Execution = new ExecutionOptions { Threads = threads } }).Run();
            return Elements(Output).Elements;
        }
    }

    [Test]
    public void TheLastCheckpointLoadsAsANetwork()
    {
        Create(Options with { Epochs = 1, MovingAverage = 0.9, Output = Output }).Run();
        StateDict best = Checkpoint.Load(Output), last = ResNetCheckpoint.Load(Last).StateDict();
        Assert.That(last.Keys, Is.EqualTo(best.Keys));
        foreach ((string name, var tensor) in best) Assert.That(last[name].ReadOnlySpan.ToArray(), Is.EqualTo(tensor.ReadOnlySpan.ToArray()), name);
        Assert.That(CheckpointClasses.Read(Output), Is.EqualTo(Data.ClassNames));
        Assert.That(CheckpointClasses.Read(Last), Is.EqualTo(Data.ClassNames));
    }

    [Test]
    public void TheLogHasEveryEpochAndTheEnd()
    {
        Recorder recorder = new();
        TrainingSummary summary = Create(Options with { Output = Output }).Run(recorder);
        (IReadOnlyList<TrainingRecord> epochs, TrainingSummary? logged) = TrainingLog.Read(_folder["net.log.jsonl"]);
        Assert.That(epochs.Select(Results), Is.EqualTo(recorder.Epochs.Select(Results)));
        Assert.That(logged!.Confusion, Is.EqualTo(summary.Confusion));
        Assert.That(logged.ClassNames, Is.EqualTo(Data.ClassNames));
        Assert.That(logged.BestEpoch, Is.EqualTo(summary.BestEpoch));
        Assert.That(File.ReadLines(_folder["net.log.jsonl"]).Count(line => line.Contains("\"type\":\"step\"")), Is.EqualTo(4)); // step 2 of 4 in each epoch

        static object Results(TrainingRecord epoch) =>
            (epoch.Epoch, epoch.Step, epoch.TrainLoss, epoch.TrainAccuracy, epoch.ValidationLoss, epoch.ValidationAccuracy, epoch.LearningRate);
    }

    [Test]
    public void ResumingAFinishedRunReturnsItsResults()
    {
        TrainingSummary first = Create(Options with { Epochs = 1, Output = Output }).Run();
        byte[] last = File.ReadAllBytes(Last);
        Trainer again = Create(Options with { Epochs = 1, Output = Output });
        again.Resume(Last);
        Assert.That(again.Run().ValidationLoss, Is.EqualTo(first.ValidationLoss));
        Assert.That(File.ReadAllBytes(Last), Is.EqualTo(last));
        Assert.That(Log().Count(line => line.Contains("final")), Is.EqualTo(1));
    }

    [Test]
    public void ResumingWithOtherSettingsNamesTheFirstDifference()
    {
        Create(Options with { Epochs = 1, Output = Output }).Run();
        AssertRefused("'batch' is 12; this run has 6", Options with { Epochs = 1, BatchSize = 6 });
        AssertRefused("'learning_rate'", Options with { Epochs = 1, LearningRate = 0.1 });
        AssertRefused("'optimizer' is sgd momentum=0.9 nesterov=True; this run has lion", Options with { Epochs = 1, Optimizer = groups => new Lion(groups) });
        AssertRefused("'seed'", Options with { Epochs = 1, Seed = 1 });
        AssertRefused("'data'", Options with { Epochs = 1 }, new SyntheticSamples(60));
        Trainer other = new(new ResNet(ResNetConfig.Cifar(1) with { Widths = [8, 8, 16], NumClasses = 3 }), Data, Held, Options with { Epochs = 1 });
        Assert.That(() => other.Resume(Last), Throws.TypeOf<StateDictMismatchException>().With.Message.Contains("layer3"));
        Safetensors.Write(_folder["plain.safetensors"], SyntheticSamples.Network().StateDict());
        Assert.That(() => Create(Options).Resume(_folder["plain.safetensors"]), Throws.TypeOf<CheckpointException>().With.Message.Contains("is missing"));

        void AssertRefused(string message, TrainerOptions options, SampleSource? data = null) =>
            Assert.That(() => new Trainer(SyntheticSamples.Network(), data ?? Data, Held, options).Resume(Last),
                Throws.TypeOf<CheckpointException>().With.Message.Contains(message));
    }

    [Test]
    public void ANonFiniteLossKeepsTheLastGoodCheckpoint()
    {
        TrainerOptions options = Options with { Output = Output, Schedule = LearningRateShape.Constant, LearningRate = 1e30, CheckpointSteps = 1 };
        Assert.That(() => Create(options).Run(), Throws.TypeOf<TrainingException>().With.Message.Contains("not finite").And.Message.Contains("lower"));
        Assert.That(ResNetCheckpoint.Load(Last).StateDict().Values.All(tensor => tensor.ReadOnlySpan.ToArray().All(float.IsFinite)), Is.True);
        Assert.That(Directory.GetFiles(_folder.Path, "*.tmp"), Is.Empty);
    }

    [Test]
    public void PatienceEndsARunThatDoesNotImprove()
    {
        TrainerOptions still = Options with { Epochs = 9, Patience = 2, Schedule = LearningRateShape.Constant, LearningRate = 0 };
        TrainingSummary summary = new Trainer(SyntheticSamples.Network(), Data, new Unlearnable(), still).Run();
        Assert.That((summary.End, summary.Epochs), Is.EqualTo((TrainingEnd.EarlyStopping, summary.BestEpoch + 2)));
        Assert.That(summary.Epochs, Is.LessThan(9));
    }

    [Test]
    public void ATimeBudgetBoundsTheRun()
    {
        TrainerOptions options = Options with { Epochs = 1_000_000, TimeBudget = TimeSpan.FromSeconds(0.5), Output = Output };
        TrainingSummary summary = Create(options).Run();
        Assert.That(summary.Epochs, Is.InRange(1, 999_999));
        Assert.That(Trainer.IsUnfinished(Last), Is.False);
    }

    [Test]
    public void AtLeastOneStepIsTakenAndSaved()
    {
        TrainingSummary summary = Create(Options with { Epochs = 1, TimeBudget = TimeSpan.FromTicks(1), Output = Output }).Run();
        Assert.That((summary.End, summary.Steps, summary.BestEpoch), Is.EqualTo((TrainingEnd.TimeBudget, 1, 1)));
    }

    [Test]
    [Platform(Include = "Linux")]
    public void AFullDiskLosesNothing()
    {
        Create(Options with { Output = Output }).Run();
        float[] expected = Elements(Last).Elements;
        using SmallDisk disk = new(_folder["disk"], kibibytes: 256);
        string output = Path.Combine(disk.Path, "net.safetensors"), last = Path.Combine(disk.Path, "net.last.safetensors");
        Recorder recorder = new() { OnStep = step => { if (step == 5) disk.Fill(); } };
        Assert.That(() => Create(Options with { Output = output, CheckpointSteps = 3 }).Run(recorder), Throws.InstanceOf<IOException>());
        Assert.That(Directory.GetFiles(disk.Path, "*.tmp"), Is.Empty);
        Assert.That(Trainer.IsUnfinished(last), Is.True);
        disk.MakeRoom();
        Trainer resumed = Create(Options with { Output = output, CheckpointSteps = 3 });
        resumed.Resume(last);
        resumed.Run();
        Assert.That(Elements(last).Elements, Is.EqualTo(expected));
    }

    [Test]
    public void ARunIsResumedOnlyWithItsReduction([Values] bool tree)
    {
        TrainerOptions options = Options with { MicroBatches = 4, ReducesInTree = tree, Output = Output };
        Create(options).Run();
        Assert.That(() => Create(options with { ReducesInTree = !tree }).Resume(Last),
            Throws.InstanceOf<CheckpointException>().With.Message.Contains("micro_batches").And.Message.Contains(tree ? "is 4 in a tree" : "this run has 4 in a tree"));
    }

    [Test]
    public void RejectsInvalidSettings()
    {
        Assert.That(() => new Trainer(SyntheticSamples.Network(2), Data, null, Options), Throws.ArgumentException.With.Message.Contains("3 classes; the model has 2"));
        Assert.That(() => new Trainer(SyntheticSamples.Network(), new SyntheticSamples(9, classes: 1), null, Options with { BatchSize = 3 }),
            Throws.TypeOf<DatasetException>().With.Message.Contains("one class"));
        Assert.That(() => new Trainer(SyntheticSamples.Network(), new SyntheticSamples(9), null, Options),
            Throws.TypeOf<DatasetException>().With.Message.Contains("9 images").And.Message.Contains("12"));
        Assert.That(() => new Trainer(SyntheticSamples.Network(), Data, null, Options with { MicroBatches = 5 }), Throws.ArgumentException);
        Assert.That(() => Options with { LearningRate = double.NaN }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Options with { Epochs = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Options with { MovingAverage = 1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Options with { Mixup = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Trainer(SyntheticSamples.Network(), Data, null, Options with { Optimizer = _ => null! }),
            Throws.ArgumentException.With.Message.Contains("TrainerOptions.Optimizer returned null"));
        Assert.That(() => new Trainer(new Conv2d(3, 3, 3), Data, null, Options),
            Throws.ArgumentException.With.Message.Contains("the model's output is [12, 3, 6, 6]; expected logits [N, classes]"));
        Assert.That(() => new Trainer(SyntheticSamples.Network(), Data, new SyntheticSamples(8, classes: 4), Options),
            Throws.TypeOf<DatasetException>().With.Message.Contains("'class 3'"));
    }

    private static Trainer Create(TrainerOptions options, ulong seed = 7) => new(SyntheticSamples.Network(seed: seed), Data, Held, options);

    private static LabeledBatch Batch(SampleSource source)
    {
        TrainingBatch batch = new BatchLoader(source, new BatchLoaderOptions { BatchSize = source.Count, Order = SampleOrder.Sequential }).Epoch(0).Single();
        return new LabeledBatch(batch.Images, batch.Labels.ToArray());
    }

    private static (string[] Names, float[] Elements) Elements(string path)
    {
        StateDict tensors = Safetensors.Read(path, out _);
        return ([.. tensors.Keys], [.. tensors.Values.SelectMany(tensor => tensor.ReadOnlySpan.ToArray())]);
    }

    /// <summary>The log without times and speeds.</summary>
    private string[] Log() => [.. File.ReadLines(_folder["net.log.jsonl"]).Select(line =>
        string.Join(',', line.Split(',').Where(member => !member.Contains("\"images_per_s\"") && !member.Contains("\"seconds\""))))];

    private sealed class Recorder : IProgress<TrainingProgress>
    {
        private readonly List<TrainingRecord> _epochs = [];
        private int _steps;

        public Action<int> OnStep { get; init; } = _ => { };

        public TrainingRecord[] Epochs => [.. _epochs];

        public void Report(TrainingProgress value)
        {
            if (value.Finished is { } record) _epochs.Add(record);
            else OnStep(++_steps);
        }
    }

    /// <summary>Inputs that do not depend on their class.</summary>
    private sealed class Unlearnable : SampleSource
    {
        public override string Name => "unlearnable";

        public override int Count => 6;

        public override IReadOnlyList<string> ClassNames => Data.ClassNames;

        public override ResNetManaged.Tensors.Shape InputShape => Data.InputShape;

        public override int LabelOf(int index) => index % 3;

        public override void Load(int index, ResNetManaged.Tensors.Random.PhiloxGenerator random, Span<float> destination) => destination.Clear();
    }
}
