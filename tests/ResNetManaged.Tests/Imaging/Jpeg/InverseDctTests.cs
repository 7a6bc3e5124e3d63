using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using NUnit.Framework;
using ResNetManaged.Imaging.Jpeg.Entropy;
using ResNetManaged.Imaging.Jpeg.Samples;

namespace ResNetManaged.Tests.Imaging.Jpeg;

public sealed unsafe class InverseDctTests
{
    private const int Seed = 1974, Blocks = 5000, Side = 8, Stride = 11;

    /// <summary>IEEE 1180-1990 allows a peak error of 1 against the exact transform; this one rounds once more, between its passes.</summary>
    [Test]
    public void SamplesDifferFromTheDefinitionByAtMostOne()
    {
        Random random = new(Seed);
        for (int i = 0; i < 200; i++)
        {
            short[] block = RandomBlock(random, 60), steps = new short[ZigZag.Size];
            Array.Fill(steps, (short)3);
            byte[] actual = Transform<DctScalar, int>(block, steps);
            for (int y = 0; y < Side; y++)
            {
                for (int x = 0; x < Side; x++)
                {
                    double expected = Math.Clamp(Definition(block, steps, y, x) + 128, 0, 255);
                    Assert.That(actual[y * Stride + x], Is.EqualTo(expected).Within(1.0), $"block {i}, sample ({y}, {x})");
                }
            }
        }
    }

    [TestCase(30)]
    [TestCase(3000)]
    [TestCase(32767)] // far out of range: sums wrap and clip
    public void EveryWidthGivesTheSameSamples(int magnitude)
    {
        Random random = new(Seed);
        for (int i = 0; i < Blocks; i++)
        {
            short[] block = RandomBlock(random, magnitude), steps = RandomBlock(random, 255);
            byte[] expected = Transform<DctScalar, int>(block, steps);
            Assert.That(Transform<DctLanes128, Vector128<int>>(block, steps), Is.EqualTo(expected), $"128 bits, block {i}");
            if (Avx2.IsSupported && block.AsSpan(Side).ContainsAnyExcept((short)0)) Assert.That(Transform256(block, steps), Is.EqualTo(expected), $"256 bits, block {i}");
        }
    }

    [Test]
    public void ABlockOfDcAloneIsFlat()
    {
        byte* samples = stackalloc byte[Side * Stride];
        short[] block = new short[ZigZag.Size], steps = new short[ZigZag.Size];
        for (int step = 1; step <= 2000; step += 37)
        {
            for (int dc = short.MinValue; dc <= short.MaxValue; dc += 101)
            {
                (block[0], steps[0]) = ((short)dc, (short)step);
                InverseDct.TransformDc((short)dc, (short)step, samples, Stride);
                byte[] expected = Transform<DctScalar, int>(block, steps);
                Assert.That(new ReadOnlySpan<byte>(samples, Side).SequenceEqual(expected.AsSpan(0, Side)), Is.True, $"{dc} x {step}");
            }
        }
    }

    private static double Definition(short[] block, short[] steps, int y, int x)
    {
        double sum = 0;
        for (int v = 0; v < Side; v++)
        {
            for (int u = 0; u < Side; u++)
            {
                double scale = (u == 0 ? Math.Sqrt(0.5) : 1) * (v == 0 ? Math.Sqrt(0.5) : 1) / 4;
                sum += scale * block[v * Side + u] * steps[v * Side + u] * Math.Cos((2 * x + 1) * u * Math.PI / 16) * Math.Cos((2 * y + 1) * v * Math.PI / 16);
            }
        }
        return sum;
    }

    private static short[] RandomBlock(Random random, int magnitude)
    {
        short[] block = new short[ZigZag.Size];
        int coded = random.Next(1, ZigZag.Size + 1);
        for (int k = 0; k < coded; k++) block[ZigZag.Order[k]] = (short)random.Next(-magnitude, magnitude + 1);
        if (random.Next(4) == 0) block.AsSpan(Side).Clear(); // a way of its own
        return block;
    }

    private static byte[] Transform256(short[] block, short[] steps)
    {
        byte[] samples = new byte[Side * Stride];
        fixed (short* coefficients = block, scales = steps)
        fixed (byte* destination = samples) InverseDct256.Transform(coefficients, scales, destination, Stride);
        return samples;
    }

    private static byte[] Transform<TLanes, TVector>(short[] block, short[] steps) where TLanes : struct, IDctLanes<TVector> where TVector : struct
    {
        byte[] samples = new byte[Side * Stride];
        fixed (short* coefficients = block, scales = steps)
        fixed (byte* destination = samples) InverseDct.Transform<TLanes, TVector>(coefficients, scales, destination, Stride);
        return samples;
    }
}
