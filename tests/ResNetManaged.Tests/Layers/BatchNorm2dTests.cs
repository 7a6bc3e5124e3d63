using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Layers;

public sealed class BatchNorm2dTests
{
    [Test]
    public void WithoutMomentumRunningStatisticsAverageAllBatches()
    {
        BatchNorm2d norm = new(1, momentum: null);
        norm.Forward(Tensor.FromArray([1, 3], [2, 1, 1, 1])); // mean 2, unbiased variance 2
        norm.Forward(Tensor.FromArray([4, 8], [2, 1, 1, 1])); // mean 6, unbiased variance 8
        Assert.That(norm.RunningMean!.Value.ToScalar(), Is.EqualTo(4f));
        Assert.That(norm.RunningVar!.Value.ToScalar(), Is.EqualTo(5f));
        Assert.That(norm.NumBatchesTracked!.Value.ToScalar(), Is.EqualTo(2f));
    }

    [TestCase(0, 4)]
    [TestCase(2, 0)]
    public void AnEmptyBatchIsCountedButLeavesTheStatisticsUnchanged(int batch, int height)
    {
        BatchNorm2d norm = new(3);
        Assert.That(norm.Forward(Tensor.Zeros([batch, 3, height, 4])).Shape, Is.EqualTo(Shape.Create(batch, 3, height, 4)));
        Assert.That(norm.RunningMean!.Value.AllClose(Tensor.Zeros([3])), Is.True);
        Assert.That(norm.RunningVar!.Value.AllClose(Tensor.Ones([3])), Is.True);
        Assert.That(norm.NumBatchesTracked!.Value.ToScalar(), Is.EqualTo(1f));
    }

    [Test]
    public void TrainingRejectsASingleValuePerChannel() => Assert.That(() => new Sequential(new BatchNorm2d(3)).Trace([1, 3, 1, 1]),
        Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "BatchNorm2d '0': input [1, 3, 1, 1] has one value per channel; the statistics of a batch need more than one."));
}
