using NUnit.Framework;
using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Quantization;

namespace ResNetManaged.Tests.Quantization;

public sealed class RangeChooserTests
{
    [Test]
    public void MinMaxReachesFromTheSmallestNumberToTheLargest()
    {
        QuantizedRange range = RangeChooser.Choose(Histogram([-1, 0, 3]), CalibrationMethod.MinMax, QuantizedRange.Max8Bits);
        Assert.That(range, Is.EqualTo(new QuantizedRange(4f / 255, 64, 255)), "64 * 4 / 255 is nearest to 1");
    }

    [TestCase(CalibrationMethod.MinMax)]
    [TestCase(CalibrationMethod.Percentile)]
    [TestCase(CalibrationMethod.MeanSquareError)]
    [TestCase(CalibrationMethod.Entropy)]
    public void PositiveNumbersStartAtZero(CalibrationMethod method)
    {
        QuantizedRange range = RangeChooser.Choose(Histogram(Numbers(seed: 1, Math.Abs)), method, QuantizedRange.Max7Bits);
        Assert.That((range.ZeroPoint, range.Max), Is.EqualTo((0, 127)));
        Assert.That(range.Scale * 127, Is.InRange(0.5f, 8f), "10,000 numbers of a normal distribution");
    }

    [Test]
    public void APercentileLeavesOutTheOutermostNumbers()
    {
        float[] numbers = new float[100_000];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = 1 + i / 100_000f;
        numbers[5] = 1000;
        QuantizedRange range = RangeChooser.Choose(Histogram(numbers), CalibrationMethod.Percentile, QuantizedRange.Max8Bits);
        Assert.That(range.Scale * 255, Is.EqualTo(2f).Within(2f / 512), "a bin's width");
    }

    [TestCase(CalibrationMethod.MinMax)]
    [TestCase(CalibrationMethod.Percentile)]
    [TestCase(CalibrationMethod.Entropy)]
    public void TheLeastSquareErrorIsNoLargerThanThatOfOtherMethods(CalibrationMethod other)
    {
        foreach (int seed in (int[])[1, 2, 3])
        {
            ActivationHistogram histogram = Histogram(Numbers(seed, x => x * x * x));
            double Error(CalibrationMethod method) => RangeChooser.MeanSquareError(histogram, RangeChooser.Choose(histogram, method, QuantizedRange.Max7Bits));
            // Percentiles may lie between the candidates, which are 1 % apart.
            Assert.That(Error(CalibrationMethod.MeanSquareError), Is.LessThanOrEqualTo(1.01 * Error(other)));
        }
    }

    [Test]
    public void TheOrderOfNumbersDoesNotMatter()
    {
        float[] numbers = Numbers(seed: 4, x => x);
        ActivationHistogram together = Histogram(numbers), first = Histogram(numbers[5000..]);
        first.Add(Histogram([.. numbers[..5000].Reverse()]));
        Assert.That(first.NonZero(), Is.EqualTo(together.NonZero()));
        Assert.That((first.Min, first.Max, first.Count), Is.EqualTo((together.Min, together.Max, together.Count)));
    }

    [Test]
    public void NumbersThatAreAllZeroHaveARange()
    {
        foreach (CalibrationMethod method in Enum.GetValues<CalibrationMethod>())
            Assert.That(RangeChooser.Choose(Histogram(new float[10]), method, QuantizedRange.Max8Bits), Is.EqualTo(new QuantizedRange(1, 0, 255)));
    }

    private static ActivationHistogram Histogram(float[] numbers)
    {
        ActivationHistogram histogram = new();
        histogram.Add(numbers);
        return histogram;
    }

    /// <summary>Numbers of a normal distribution, through a function.</summary>
    private static float[] Numbers(int seed, Func<float, float> function)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, 10_000).Select(_ => function((float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))))];
    }
}
