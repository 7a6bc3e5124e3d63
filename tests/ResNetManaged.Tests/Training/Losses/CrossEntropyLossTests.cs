using NUnit.Framework;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training.Losses;

namespace ResNetManaged.Tests.Training.Losses;

public sealed class CrossEntropyLossTests
{
    /// <summary>An exponential, a factor and its product; a constant and a subtraction for smoothing and for each label; mixup has two labels.</summary>
    private const int GradientRoundings = 9;

    [Test]
    public void EqualsTheDefinition([Values(1, 3, 16)] int rows, [Values(1, 2, 10, 256, 1000)] int classes, [Values(0, 0.1, 1)] double smoothing)
    {
        float[] logits = Logits(rows, classes), gradient = new float[logits.Length];
        int[] labels = Labels(rows, classes, 2);
        CrossEntropyLoss loss = new(smoothing);
        double value = loss.Compute(logits, classes, labels, gradient);
        AssertDefinition(logits, classes, OneHot(labels, classes), smoothing, value, gradient);
        Assert.That(loss.Compute(logits, classes, labels), Is.EqualTo(value), "without a gradient");
        Assert.That(loss.Compute(logits, classes, labels, logits), Is.EqualTo(value), "in place");
        Close.AssertSameBits(logits, gradient, "in place");
    }

    [Test]
    public void MixedLabelsEqualTheDefinition([Values(2, 10, 300)] int classes, [Values(0, 0.1)] double smoothing)
    {
        const int Rows = 5;
        float[] logits = Logits(Rows, classes), gradient = new float[logits.Length], weights = [0, 0.25f, 0.7f, 1, 0.5f];
        int[] labels = Labels(Rows, classes, 2), others = Labels(Rows, classes, 3);
        others[4] = labels[4];
        double value = new CrossEntropyLoss(smoothing).ComputeMixed(logits, classes, labels, others, weights, gradient);
        double[] targets = new double[logits.Length];
        for (int n = 0; n < Rows; n++)
        {
            targets[n * classes + labels[n]] += weights[n];
            targets[n * classes + others[n]] += 1.0 - weights[n];
        }
        AssertDefinition(logits, classes, targets, smoothing, value, gradient);
    }

    [Test]
    public void SoftTargetsOfAnySumEqualTheDefinition([Values(1, 10, 300)] int classes, [Values(0, 0.1)] double smoothing)
    {
        const int Rows = 4;
        float[] logits = Logits(Rows, classes), gradient = new float[logits.Length];
        float[] targets = [.. Numbers.Random(logits.Length, 5).Select(Math.Abs)];
        double value = new CrossEntropyLoss(smoothing).ComputeSoft(logits, classes, targets, gradient);
        AssertDefinition(logits, classes, [.. targets.Select(t => (double)t)], smoothing, value, gradient);
    }

    [Test]
    public void TheGradientEqualsFiniteDifferences([Values(0, 0.2)] double smoothing)
    {
        const int Rows = 2, Classes = 6;
        const float Step = 1f / 1024; // logits are multiples of it, so adding it is exact
        // The third derivative of log sum exp is p (1 - p) (1 - 2 p), at most 1 / (6 sqrt 3).
        double truncation = (double)Step * Step / 6 / (6 * Math.Sqrt(3)) / Rows;
        float[] logits = [.. Numbers.Random(Rows * Classes, 1).Select(x => MathF.Round(x * 2048) * Step)], gradient = new float[logits.Length];
        int[] labels = [4, 0], others = [1, 0];
        float[] weights = [0.375f, 1];
        CrossEntropyLoss loss = new(smoothing);
        loss.ComputeMixed(logits, Classes, labels, others, weights, gradient);
        for (int i = 0; i < logits.Length; i++)
        {
            float center = logits[i];
            logits[i] = center + Step;
            double above = loss.ComputeMixed(logits, Classes, labels, others, weights);
            logits[i] = center - Step;
            double below = loss.ComputeMixed(logits, Classes, labels, others, weights);
            logits[i] = center;
            Assert.That(gradient[i], Is.EqualTo((above - below) / (2 * Step)).Within(truncation + GradientRoundings * Close.UnitRoundoff + 1e-12));
        }
    }

    [Test]
    public void LargeLogitsDoNotOverflow()
    {
        float[] gradient = new float[3];
        Assert.That(new CrossEntropyLoss().Compute([3e38f, -3e38f, 3e38f], 3, [0], gradient), Is.EqualTo(Math.Log(2)).Within(1e-15));
        Assert.That(gradient, Is.EqualTo(new[] { -0.5f, 0f, 0.5f }));
        Assert.That(new CrossEntropyLoss().Compute([3e38f, -3e38f], 2, [1]), Is.EqualTo(2.0 * 3e38f));
    }

    [Test]
    public void ANonFiniteLogitMakesTheLossNonFinite(
        [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float special, [Values(0, 1)] int place, [Values(0, 0.1)] double smoothing)
    {
        float[] logits = [1, 2, 3, 4];
        logits[2 + place] = special;
        CrossEntropyLoss loss = new(smoothing);
        Assert.That(double.IsFinite(loss.Compute(logits, 2, [0, 0])), Is.False);
        Assert.That(double.IsFinite(loss.ComputeMixed(logits, 2, [0, 0], [1, 0], [0.5f, 0.5f])), Is.False);
        Assert.That(double.IsFinite(loss.ComputeSoft(logits, 2, [1, 0, 1, 0])), Is.False);
    }

    [TestCase(-1)]
    [TestCase(3)]
    public void ALabelOutOfRangeIsRejectedBeforeAnythingIsWritten(int label)
    {
        float[] gradient = [7, 7, 7, 7, 7, 7];
        CrossEntropyLoss loss = new();
        Assert.That(() => loss.Compute(new float[6], 3, [0, label], gradient), Throws.TypeOf<ArgumentOutOfRangeException>()
            .With.Message.StartsWith($"CrossEntropyLoss: the label of row 1 is {label}; expected 0 to 2."));
        Assert.That(() => loss.ComputeMixed(new float[6], 3, [0, 1], [label, 0], [1, 1], gradient), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(gradient, Is.All.EqualTo(7f));
    }

    [Test]
    public void RejectsMismatchedLengths()
    {
        CrossEntropyLoss loss = new();
        float[] memory = new float[10];
        Assert.That(() => loss.Compute(new float[5], 3, [0, 1]), Throws.TypeOf<ShapeMismatchException>()
            .With.Message.EqualTo("CrossEntropyLoss: logits has 5 elements; expected 6."));
        Assert.That(() => loss.Compute(new float[6], 3, [0, 1], new float[3]), Throws.TypeOf<ShapeMismatchException>());
        Assert.That(() => loss.Compute(memory.AsSpan(0, 6), 3, [0, 1], memory.AsSpan(1, 6)), Throws.ArgumentException);
        Assert.That(() => loss.Compute([], 3, []), Throws.ArgumentException.With.Message.StartsWith("CrossEntropyLoss: there are no rows"));
        Assert.That(() => loss.Compute([], 0, [1]), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => loss.ComputeMixed(new float[6], 3, [0, 1], [0], [1, 1]), Throws.TypeOf<ShapeMismatchException>());
        Assert.That(() => loss.ComputeMixed(new float[6], 3, [0, 1], [0, 1], [1, float.NaN]), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => loss.ComputeSoft(new float[6], 3, new float[5]), Throws.TypeOf<ShapeMismatchException>());
        Assert.That(() => loss.ComputeSoft(new float[6], 3, memory.AsSpan(0, 6), memory.AsSpan(0, 6)), Throws.ArgumentException);
        Assert.That(() => new CrossEntropyLoss(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new CrossEntropyLoss(1.1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void AllocatesNothing()
    {
        float[] logits = Logits(8, 300), gradient = new float[logits.Length];
        int[] labels = Labels(8, 300, 1);
        CrossEntropyLoss loss = new(0.1);
        Assert.That(Allocation.Of(() => loss.Compute(logits, 300, labels, gradient)), Is.Zero);
    }

    private static float[] Logits(int rows, int classes) => [.. Numbers.Random(rows * classes, 1).Select(x => 8 * x)];

    private static int[] Labels(int rows, int classes, int seed) => [.. Numbers.Random(rows, seed).Select(x => (int)((x + 1) / 2 * classes))];

    private static double[] OneHot(int[] labels, int classes)
    {
        double[] targets = new double[labels.Length * classes];
        for (int n = 0; n < labels.Length; n++) targets[n * classes + labels[n]] = 1;
        return targets;
    }

    /// <summary>-sum(smoothed target * log softmax), its mean, and (sum of targets * softmax - target) / N.</summary>
    private static void AssertDefinition(float[] logits, int classes, double[] targets, double smoothing, double value, float[] gradient)
    {
        int rows = logits.Length / classes;
        double expected = 0, size = 0;
        double[] slopes = new double[logits.Length], magnitudes = new double[logits.Length];
        for (int n = 0; n < rows; n++)
        {
            int[] row = [.. Enumerable.Range(n * classes, classes)];
            double maximum = row.Max(i => logits[i]), sum = row.Sum(i => Math.Exp(logits[i] - maximum));
            double mass = row.Sum(i => (1 - smoothing) * targets[i] + smoothing / classes);
            foreach (int i in row)
            {
                double target = (1 - smoothing) * targets[i] + smoothing / classes, probability = Math.Exp(logits[i] - maximum) / sum;
                expected += target * (maximum + Math.Log(sum) - logits[i]);
                size += target * (Math.Abs(maximum) + Math.Log(sum) + Math.Abs(logits[i]));
                slopes[i] = (mass * probability - target) / rows;
                magnitudes[i] = (mass * probability + target) / rows;
            }
        }
        // In double: sums over a row's classes and over rows, and a few more roundings.
        Assert.That(value, Is.EqualTo(expected / rows).Within((classes + rows + 8) * Math.Pow(2, -53) * (size / rows + 1)));
        Close.AssertWithin(gradient, slopes, magnitudes, GradientRoundings * Close.UnitRoundoff, "gradient");
    }
}
