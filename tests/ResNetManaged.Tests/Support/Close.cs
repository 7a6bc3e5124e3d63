using NUnit.Framework;

namespace ResNetManaged.Tests.Support;

/// <summary>Compares with an oracle in double, within a tolerance derived from the arithmetic.</summary>
internal static class Close
{
    /// <summary>Half a unit in the last place of 1 in float32.</summary>
    public const double UnitRoundoff = 1.0 / (1 << 24);

    /// <summary>
    /// The largest error of a float32 sum of <paramref name="terms"/> products, relative to the sum of their magnitudes, in any order and with or
    /// without fused multiply-adds: one rounding per product and per addition (Higham 2002, section 3.1).
    /// </summary>
    public static double SumTolerance(int terms) => (terms + 2) * UnitRoundoff;

    /// <summary>Asserts that each element is within <paramref name="relative"/> times its magnitude of the oracle, and that NaN and infinities match.</summary>
    /// <param name="actual">The result.</param>
    /// <param name="expected">The oracle.</param>
    /// <param name="magnitude">For each element, the sum of the magnitudes of its terms.</param>
    /// <param name="relative">The tolerance.</param>
    /// <param name="what">What is compared, for the message.</param>
    public static void AssertWithin(ReadOnlySpan<float> actual, double[] expected, double[] magnitude, double relative, string what)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length), what);
        for (int i = 0; i < expected.Length; i++)
        {
            bool same = double.IsFinite(expected[i])
                ? Math.Abs(actual[i] - expected[i]) <= relative * magnitude[i] + float.Epsilon
                : actual[i].Equals((float)expected[i]);
            if (!same) Assert.Fail($"{what}: element {i} is {actual[i]:R}, expected {expected[i]:R} within {relative * magnitude[i]:E2}.");
        }
    }

    /// <summary>Asserts that the bits are equal, including those of NaN.</summary>
    public static void AssertSameBits(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, string what)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length), what);
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(actual[i]) != BitConverter.SingleToInt32Bits(expected[i]))
                Assert.Fail($"{what}: element {i} is {actual[i]:R}, expected exactly {expected[i]:R}.");
        }
    }
}
