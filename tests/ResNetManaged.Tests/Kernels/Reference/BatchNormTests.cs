using NUnit.Framework;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Reference;

public sealed class BatchNormTests
{
    private const float Eps = 1e-5f;

    // scale and shift are each rounded once; the product and the sum once each: four roundings of terms no larger than the magnitude.
    private const double NormalizeTolerance = 4 * Close.UnitRoundoff;

    [Test]
    public void NormalizesEachChannelByDefinition([Values(0, 1, 3)] int batch, [Values(1, 5)] int channels, [Values(0, 1, 7, 49, 257)] int area,
        [Values] bool affine)
    {
        int length = batch * channels * area;
        float[] x = Numbers.Random(length, 1), mean = Numbers.Random(channels, 2), variance = [.. Numbers.Random(channels, 3).Select(MathF.Abs)];
        float[] weight = affine ? Numbers.Random(channels, 4) : [], bias = affine ? Numbers.Random(channels, 5) : [];
        double[] expected = new double[length], magnitude = new double[length];
        for (int i = 0; i < length; i++)
        {
            int c = i / area % channels;
            double scale = (affine ? weight[c] : 1) / Math.Sqrt((double)variance[c] + Eps), b = affine ? bias[c] : 0;
            expected[i] = (x[i] - mean[c]) * scale + b;
            magnitude[i] = Math.Abs(x[i] * scale) + Math.Abs(mean[c] * scale) + Math.Abs(b);
        }
        Guarded y = new(length);
        BatchNorm.Normalize(batch, channels, area, x, mean, variance, weight, bias, Eps, y.Span, new ExecutionOptions { Threads = 2 });
        y.AssertIntact();
        Close.AssertWithin(y.Span, expected, magnitude, NormalizeTolerance, "normalize");

        BatchNorm.Normalize(batch, channels, area, x, mean, variance, weight, bias, Eps, x, ExecutionOptions.Default);
        Close.AssertSameBits(x, y.Span, "in place");
    }

    [TestCase(1, 3, 2)]
    [TestCase(2, 1, 1)]
    [TestCase(4, 5, 49)]
    [TestCase(3, 2, 1001)]
    public void StatisticsEqualTheDefinition(int batch, int channels, int area)
    {
        float[] x = Numbers.Random(batch * channels * area, 1);
        for (int i = 0; i < x.Length; i++) x[i] += 1000; // a mean much larger than the deviation
        (double[] mean, double[] variance) = Definition(batch, channels, area, x);
        float[] m = new float[channels], v = new float[channels];
        BatchNorm.BatchStatistics(batch, channels, area, x, m, v, new ExecutionOptions { Threads = 2 });
        Close.AssertWithin(m, mean, mean, Close.SumTolerance(0), "mean");
        Close.AssertWithin(v, variance, variance, Close.SumTolerance(0), "variance"); // sums are double, the result is rounded once
    }

    [Test]
    public void LargeBatchesLoseNoPrecision()
    {
        const int Batch = 64, Area = 56 * 56;
        float[] x = new float[Batch * Area];
        for (int i = 0; i < x.Length; i++) x[i] = 4096.1f + (i % 2 == 0 ? 0.5f : -0.5f);
        float[] m = new float[1], v = new float[1];
        BatchNorm.BatchStatistics(Batch, 1, Area, x, m, v, ExecutionOptions.Default);
        Assert.That(m[0], Is.EqualTo(4096.1f)); // a running float32 sum would be off by whole units
        Assert.That(v[0], Is.EqualTo(0.25f));
    }

    [Test]
    public void RunningStatisticsMoveByMomentumTowardTheUnbiasedVariance()
    {
        float[] mean = [1, 2], variance = [3, 4], runningMean = [0, 1], runningVariance = [1, 2];
        BatchNorm.UpdateRunning(mean, variance, 4, 0.1, runningMean, runningVariance);
        Assert.That(runningMean, Is.EqualTo(new[] { 0.1f, 1.1f }));
        Assert.That(runningVariance[0], Is.EqualTo((float)(0.9 * 1 + 0.1 * 3 * 4 / 3)));
        Assert.That(runningVariance[1], Is.EqualTo((float)(0.9 * 2 + 0.1 * 4 * 4 / 3)).Within(1).Ulps);
    }

    [Test]
    public void TrainingNeedsMoreThanOneValuePerChannel() =>
        Assert.That(() => BatchNorm.BatchStatistics(1, 64, 1, new float[64], new float[64], new float[64], ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
                "BatchNorm: training needs more than 1 value per channel; N = 1 with H * W = 1 has 1."));

    [Test]
    public void RejectsWrongLengths()
    {
        float[] two = new float[2], six = new float[6];
        Assert.That(() => BatchNorm.Normalize(1, 2, 3, new float[5], two, two, two, two, Eps, six, ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("BatchNorm: input has 5 elements; expected 6."));
        Assert.That(() => BatchNorm.Normalize(1, 2, 3, six, two, two, new float[3], two, Eps, six, ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("BatchNorm: weight has 3 elements; expected 2."));
    }

    private static (double[] Mean, double[] Variance) Definition(int batch, int channels, int area, float[] x)
    {
        double[] mean = new double[channels], variance = new double[channels];
        double count = batch * area;
        for (int i = 0; i < x.Length; i++) mean[i / area % channels] += x[i] / count;
        for (int i = 0; i < x.Length; i++) variance[i / area % channels] += Math.Pow(x[i] - mean[i / area % channels], 2) / count;
        return (mean, variance);
    }
}
