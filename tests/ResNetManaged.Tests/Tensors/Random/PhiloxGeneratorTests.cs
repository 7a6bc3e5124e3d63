using NUnit.Framework;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Tensors.Random;

public sealed class PhiloxGeneratorTests
{
    private const int Draws = 20_000;

    /// <summary>The rows <c>philox4x32 10</c> of tests/kat_vectors in the authors' library, Random123.</summary>
    [TestCase(0u, 0u, 0u, 0u, 0ul, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [TestCase(uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, ulong.MaxValue, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [TestCase(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0x299f31d0a4093822ul, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void MatchesThePublishedVectors(uint c0, uint c1, uint c2, uint c3, ulong key, uint x0, uint x1, uint x2, uint x3) =>
        Assert.That(PhiloxGenerator.Block((c0, c1, c2, c3), key), Is.EqualTo((x0, x1, x2, x3)));

    [Test]
    public void DrawsTheBlocksOfItsPositionInOrder()
    {
        PhiloxGenerator random = new(seed: 5, stream: 1, epoch: 2, index: 3);
        uint[] drawn = [.. Enumerable.Range(0, 8).Select(_ => random.NextUInt32())];
        (uint X, uint Y, uint Z, uint W) first = PhiloxGenerator.Block((0, 3, 2, 1), 5), second = PhiloxGenerator.Block((1, 3, 2, 1), 5);
        Assert.That(drawn, Is.EqualTo(new[] { first.X, first.Y, first.Z, first.W, second.X, second.Y, second.Z, second.W }));
    }

    [Test]
    public void IntegersAreUniform()
    {
        const int Bound = 7;
        PhiloxGenerator random = new(1);
        int[] counts = new int[Bound];
        for (int i = 0; i < Draws; i++) counts[random.NextInt32(Bound)]++;
        double expected = (double)Draws / Bound, chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.That(chiSquare, Is.LessThan(22.5), "6 degrees of freedom: one seed in a thousand exceeds it");
    }

    [Test]
    public void EveryPermutationIsEquallyLikely()
    {
        PhiloxGenerator random = new(2);
        Dictionary<string, int> counts = [];
        for (int i = 0; i < Draws; i++)
        {
            char[] items = ['a', 'b', 'c'];
            random.Shuffle<char>(items);
            counts[new string(items)] = counts.GetValueOrDefault(new string(items)) + 1;
        }
        Assert.That(counts, Has.Count.EqualTo(6));
        double expected = Draws / 6.0, chiSquare = counts.Values.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.That(chiSquare, Is.LessThan(20.5), "5 degrees of freedom: one seed in a thousand exceeds it");
    }

    /// <summary>Mean a / (a + b), variance ab / ((a + b)^2 (a + b + 1)); tolerance: five standard errors of the number of draws.</summary>
    [TestCase(0.2, 0.2)]
    [TestCase(1.0, 1.0)]
    [TestCase(2.0, 5.0)]
    [TestCase(1e-4, 1e-4)]
    public void BetaHasItsMeanAndVariance(double a, double b)
    {
        PhiloxGenerator random = new(3);
        double[] values = [.. Enumerable.Range(0, Draws).Select(_ => random.NextBeta(a, b))];
        Assert.That(values, Is.All.InRange(0.0, 1.0));
        double mean = a / (a + b), variance = a * b / ((a + b) * (a + b) * (a + b + 1));
        Assert.That(values.Average(), Is.EqualTo(mean).Within(5 * Math.Sqrt(variance / Draws)));
        double[] squares = [.. values.Select(value => (value - mean) * (value - mean))];
        double spread = Math.Sqrt(squares.Average(square => (square - variance) * (square - variance)) / Draws);
        Assert.That(squares.Average(), Is.EqualTo(variance).Within(5 * spread + 1e-6));
    }

    [Test]
    public void NormalNumbersHaveMeanZeroAndVarianceOne()
    {
        PhiloxGenerator random = new(4);
        double[] values = [.. Enumerable.Range(0, Draws).Select(_ => random.NextNormal())];
        Assert.That(values.Average(), Is.Zero.Within(5 / Math.Sqrt(Draws)));
        Assert.That(values.Average(value => value * value), Is.EqualTo(1).Within(5 * Math.Sqrt(2.0 / Draws)));
    }
}
