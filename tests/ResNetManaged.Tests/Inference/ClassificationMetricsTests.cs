using NUnit.Framework;
using ResNetManaged.Inference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Inference;

public sealed class ClassificationMetricsTests
{
    private static readonly float[] Descending = [6, 5, 4, 3, 2, 1];

    [Test]
    public void CountsTop1AndTop5()
    {
        ClassificationMetrics metrics = new(6);
        for (int label = 0; label < 6; label++) metrics.Add(Row(Descending), [label]);
        Assert.That(metrics.Count, Is.EqualTo(6));
        Assert.That(metrics.Top1, Is.EqualTo(1.0 / 6));
        Assert.That(metrics.Top5, Is.EqualTo(5.0 / 6));
    }

    [Test]
    public void LossIsTheMeanCrossEntropy()
    {
        ClassificationMetrics metrics = new(2);
        metrics.Add(Tensor.FromArray([0, 0, MathF.Log(3), 0], [2, 2]), [1, 0]);
        Assert.That(metrics.Loss, Is.EqualTo((Math.Log(2) + Math.Log(4.0 / 3)) / 2).Within(1e-7)); // log 3 is rounded to float32
    }

    [Test]
    public void LossOfHugeLogitsIsFinite()
    {
        ClassificationMetrics metrics = new(2);
        metrics.Add(Row(3e38f, 0), [0]);
        Assert.That(metrics.Loss, Is.Zero);
    }

    [Test]
    public void TheConfusionMatrixHasLabelsAsRows()
    {
        ClassificationMetrics metrics = new(3);
        metrics.Add(Tensor.FromArray([0, 1, 0, 0, 1, 0, 1, 0, 0], [3, 3]), [2, 2, 0]);
        Assert.That(metrics[2, 1], Is.EqualTo(2));
        Assert.That(metrics[0, 0], Is.EqualTo(1));
        Assert.That(metrics[1, 2], Is.Zero);
        Assert.That(metrics.MostConfused(5), Is.EqualTo(new[] { (2, 1, 2) }));
    }

    [Test]
    public void AmongEqualLogitsTheLowerClassRanksFirst()
    {
        ClassificationMetrics metrics = new(3);
        metrics.Add(Row(1, 1, 1), [0]);
        metrics.Add(Row(1, 1, 1), [1]);
        Assert.That(metrics.Top1, Is.EqualTo(0.5));
    }

    [Test]
    public void NaNNeverRanksFirst()
    {
        ClassificationMetrics metrics = new(2);
        metrics.Add(Row(float.NaN, -1), [0]);
        Assert.That(metrics.Top1, Is.Zero);
        Assert.That(metrics.Loss, Is.NaN);
    }

    [Test]
    public void RejectsLogitsAndLabelsThatDoNotMatch()
    {
        ClassificationMetrics metrics = new(3);
        Assert.That(() => metrics.Add(Row(1, 2), [0]), Throws.TypeOf<ShapeMismatchException>());
        Assert.That(() => metrics.Add(Row(1, 2, 3), [0, 1]), Throws.TypeOf<ShapeMismatchException>());
        Assert.That(() => metrics.Add(Row(1, 2, 3), [3]), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(metrics.Count, Is.Zero);
    }

    private static Tensor Row(params float[] logits) => Tensor.FromArray(logits, [1, logits.Length]);
}
