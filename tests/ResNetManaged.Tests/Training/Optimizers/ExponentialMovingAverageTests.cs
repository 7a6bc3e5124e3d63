using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Kernels.Threading;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training.Optimizers;
using Linear = ResNetManaged.Layers.Linear;

namespace ResNetManaged.Tests.Training.Optimizers;

public sealed class ExponentialMovingAverageTests
{
    private const int Updates = 12;

    [TestCase(false)]
    [TestCase(true)]
    public void EqualsTheDefinition(bool warmUp)
    {
        BatchNorm2d module = new(33);
        ExponentialMovingAverage average = new(module, 0.75, warmUp);
        double[] weight = [.. Enumerable.Repeat(1.0, 33)], variance = [.. weight], size = [.. weight];
        for (int t = 0; t < Updates; t++)
        {
            Fill(module, t);
            average.Update();
            double share = 1 - (warmUp ? Math.Min(0.75, (1.0 + t) / (10 + t)) : 0.75);
            for (int i = 0; i < 33; i++)
            {
                weight[i] += share * (module.Weight!.Value[i] - weight[i]);
                variance[i] += share * (module.RunningVar!.Value[i] - variance[i]);
                size[i] += share * (1 + size[i]);
            }
        }
        StateDict averaged = average.AveragedStateDict();
        Close.AssertWithin(averaged["weight"].ReadOnlySpan, weight, size, 4 * Updates * Close.UnitRoundoff, "weight");
        Close.AssertWithin(averaged["running_var"].ReadOnlySpan, variance, size, 4 * Updates * Close.UnitRoundoff, "running variance");
        Assert.That(averaged["num_batches_tracked"].ToScalar(), Is.EqualTo(Updates - 1), "a count is copied");
        Assert.That(average.Updates, Is.EqualTo(Updates));
    }

    [Test]
    public void AnAverageOfEqualValuesIsThatValue()
    {
        BatchNorm2d module = new(100);
        Fill(module, 1);
        ExponentialMovingAverage average = new(module, 0.9999);
        for (int i = 0; i < 1000; i++) average.Update();
        Close.AssertSameBits(average.AveragedStateDict()["weight"].ReadOnlySpan, module.Weight!.Value.ReadOnlySpan, "weight");
    }

    [Test]
    public void SwapsInAndOutAgain()
    {
        BatchNorm2d module = new(4);
        ExponentialMovingAverage average = new(module, 0.5);
        Fill(module, 1);
        Tensor own = module.Weight!.Value;
        float[] values = own.ReadOnlySpan.ToArray();
        using (average.SwapIn())
        {
            Assert.That(module.Weight.Value.ReadOnlySpan.ToArray(), Is.All.EqualTo(1f));
            Assert.That(module.StateDict().Values, Is.EqualTo(average.AveragedStateDict().Values));
            Assert.That(() => average.SwapIn(), Throws.InvalidOperationException);
            Assert.That(average.Update, Throws.InvalidOperationException);
        }
        Assert.That(module.Weight.Value, Is.SameAs(own));
        Assert.That(own.ReadOnlySpan.ToArray(), Is.EqualTo(values));
        average.Update();
        Assert.That(average.AveragedStateDict()["weight"][2], Is.EqualTo((1 + values[2]) / 2).Within(2 * Close.UnitRoundoff));
    }

    [Test]
    public void SwappingOutTwiceHasNoEffect()
    {
        BatchNorm2d module = new(4);
        ExponentialMovingAverage average = new(module, 0.5);
        IDisposable swapped = average.SwapIn();
        swapped.Dispose();
        using (average.SwapIn())
        {
            swapped.Dispose();
            Assert.That(module.Weight!.Value, Is.SameAs(average.AveragedStateDict()["weight"]));
        }
    }

    [Test]
    public void ResumesBitForBitFromAFile()
    {
        using TemporaryFolder folder = new();
        BatchNorm2d module = new(40);
        ExponentialMovingAverage whole = new(module, 0.75, warmUp: true), first = new(module, 0.75, warmUp: true);
        for (int t = 0; t < 8; t++)
        {
            Fill(module, t);
            whole.Update();
            if (t < 4) first.Update();
            if (t == 3) Safetensors.Write(folder["state"], first.StateDict());
            if (t == 4) (first = new(module, 0.75, warmUp: true)).LoadStateDict(Safetensors.Read(folder["state"], out _));
            if (t >= 4) first.Update();
        }
        Assert.That(first.Updates, Is.EqualTo(8));
        foreach ((string path, Tensor average) in whole.AveragedStateDict())
            Close.AssertSameBits(first.AveragedStateDict()[path].ReadOnlySpan, average.ReadOnlySpan, path);
    }

    [Test]
    public void TheStateOfAnotherModuleIsRejected() =>
        Assert.That(() => Of(4).LoadStateDict(Of(3).StateDict()),
            Throws.TypeOf<StateDictMismatchException>().With.Message.EqualTo(
                "'state_dict' does not fit ExponentialMovingAverage: 'average.weight' has shape [3]; expected [4]; 3 more shapes differ."));

    [Test]
    public void ThreadCountDoesNotChangeResults()
    {
        using TeamBudget budget = new(2);
        Linear module = new(2000, 600, generator: new TorchGenerator(1));
        ExponentialMovingAverage one = new(module, 0.5, options: new ExecutionOptions { Threads = 1 });
        ExponentialMovingAverage two = new(module, 0.5, options: new ExecutionOptions { Threads = 2 });
        Numbers.Random(1_200_000, 2).CopyTo(module.Weight.Value.Span);
        one.Update();
        two.Update();
        Close.AssertSameBits(two.AveragedStateDict()["weight"].ReadOnlySpan, one.AveragedStateDict()["weight"].ReadOnlySpan, "weight");
        Assert.That(Allocation.Of(two.Update), Is.Zero);
    }

    [Test]
    public void RejectsADecayOutOfRange()
    {
        Assert.That(() => new ExponentialMovingAverage(new BatchNorm2d(4), 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ExponentialMovingAverage(new BatchNorm2d(4), double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static ExponentialMovingAverage Of(int channels) => new(new BatchNorm2d(channels), 0.5);

    private static void Fill(BatchNorm2d module, int seed)
    {
        Numbers.Random(module.Channels, 2 * seed).CopyTo(module.Weight!.Value.Span);
        Numbers.Random(module.Channels, 2 * seed + 1).CopyTo(module.RunningVar!.Value.Span);
        module.NumBatchesTracked!.Value.Span[0] = seed;
    }
}
