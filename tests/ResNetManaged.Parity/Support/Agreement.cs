using NUnit.Framework;
using ResNetManaged.Tests.Support;
using TorchSharp;
using Tensor = ResNetManaged.Tensors.Tensor;

namespace ResNetManaged.Parity.Support;

/// <summary>Compares our results with those of LibTorch or ONNX Runtime, and keeps the largest error relative to its tolerance.</summary>
/// <param name="what">What is compared, for the report.</param>
internal sealed class Agreement(string what)
{
    /// <summary>
    /// The largest allowed ratio of our error to LibTorch's own largest float32 error. Both are a few draws from one distribution of rounding
    /// errors, and the largest of one sample may well be several times that of another.
    /// </summary>
    private const double Allowance = 8;

    /// <summary>Roundings of the last operation (of a pool of four elements or a statistic), by which LibTorch may happen to be exact.</summary>
    private const int LastRoundings = 8;

    private long _elements;
    private double _largestRatio;

    /// <summary>
    /// The largest difference of two float32 results, relative to the sum of the magnitudes of their terms: twice the error bound of a sum of
    /// <paramref name="terms"/> terms.
    /// </summary>
    public static double OfSums(int terms) => 2 * Close.SumTolerance(terms);

    /// <summary>The largest difference of two float32 results after <paramref name="roundings"/> roundings each, relative to their magnitude.</summary>
    public static double OfRoundings(int roundings) => 2 * roundings * Close.UnitRoundoff;

    /// <summary>Asserts that the values are equal; NaN equals NaN.</summary>
    public void AssertEqual(Tensor ours, torch.Tensor theirs, string input) => AssertWithin(ours, theirs, torch.zeros_like(theirs), input);

    /// <summary>Asserts that the shapes are equal and each element is within its own tolerance.</summary>
    /// <param name="ours">Our result.</param>
    /// <param name="theirs">LibTorch's.</param>
    /// <param name="tolerance">The tolerance of each element, in the shape of the result.</param>
    /// <param name="input">What was computed, for the message.</param>
    public void AssertWithin(Tensor ours, torch.Tensor theirs, torch.Tensor tolerance, string input)
    {
        Assert.That(ours.Shape.Select(size => (long)size), Is.EqualTo(theirs.shape), $"{what}: {input}");
        AssertWithin(ours, Doubles(theirs), Doubles(tolerance), input);
    }

    /// <summary>Asserts that each element is within its own tolerance.</summary>
    public void AssertWithin(Tensor ours, double[] expected, double[] tolerances, string input)
    {
        ReadOnlySpan<float> actual = ours.ReadOnlySpan;
        Assert.That(actual.Length, Is.EqualTo(expected.Length).And.EqualTo(tolerances.Length), $"{what}: {input}");
        for (int i = 0; i < actual.Length; i++)
        {
            if (((double)actual[i]).Equals(expected[i])) continue;
            double error = Math.Abs(actual[i] - expected[i]);
            if (!(error <= tolerances[i]))
            {
                Assert.Fail($"{what}: {input}: element {i} of {ours.Shape} is {actual[i]:R}, expected was {expected[i]:R}; "
                    + $"they differ by {error:E2}; the tolerance is {tolerances[i]:E2}.");
            }
            _largestRatio = Math.Max(_largestRatio, error / tolerances[i]);
        }
        _elements += actual.Length;
    }

    /// <summary>Asserts that each element is as close to LibTorch in float64 as LibTorch's own float32 error suggests.</summary>
    public void AssertAsCloseAsLibTorch(Tensor ours, double[] exact, double[] rounded, string input)
    {
        double error = exact.Zip(rounded, (e, r) => Math.Abs(e - r)).Max(), magnitude = exact.Max(Math.Abs);
        double tolerance = Allowance * error + LastRoundings * Close.UnitRoundoff * magnitude;
        AssertWithin(ours, exact, [.. Enumerable.Repeat(tolerance, exact.Length)], input);
    }

    /// <summary>Prints how close the results were.</summary>
    public void Report() =>
        TestContext.Out.WriteLine(FormattableString.Invariant($"{what}: {_elements} elements, largest error / tolerance {_largestRatio:F3}"));

    public static double[] Doubles(torch.Tensor tensor) => tensor.to(torch.float64).contiguous().data<double>().ToArray();
}
