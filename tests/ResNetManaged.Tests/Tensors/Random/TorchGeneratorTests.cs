using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Tensors.Random;

public sealed class TorchGeneratorTests
{
    /// <summary>
    /// PyTorch approximates logarithm, sine and cosine in float32: four units in the last place of numbers from 2 to 4, the largest that
    /// standard normals of these lengths reach.
    /// </summary>
    private const double NormalTolerance = 4.0 / (1 << 22);

    /// <summary>Adding the mean rounds once more, by half a unit in the last place of its magnitude.</summary>
    private const double MeanTolerance = 1.0 / (1 << 23);

    private static IEnumerable<TestCaseData> RecordedDraws() => GoldenFiles.ReadCases("generator.json").Select(recorded =>
    {
        IEnumerable<string> calls = recorded.GetProperty("calls").EnumerateArray()
            .Select(call => $"{call.GetProperty("kind").GetString()} {call.GetProperty("n").GetInt32()}");
        return new TestCaseData(recorded).SetArgDisplayNames($"seed {recorded.GetProperty("seed").GetUInt64()}: {string.Join(", ", calls)}");
    });

    [TestCaseSource(nameof(RecordedDraws))]
    public void DrawsTheSameNumbersAsPyTorch(JsonElement recorded)
    {
        TorchGenerator generator = new(recorded.GetProperty("seed").GetUInt64());
        foreach (JsonElement call in recorded.GetProperty("calls").EnumerateArray())
        {
            float[] drawn = new float[call.GetProperty("n").GetInt32()];
            float a = call.GetProperty("a").GetSingle(), b = call.GetProperty("b").GetSingle();
            if (call.GetProperty("kind").GetString() == "uniform")
            {
                generator.FillUniform(drawn, a, b);
                string hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(drawn.AsSpan())));
                Assert.That(hash, Is.EqualTo(call.GetProperty("sha256").GetString()), "the bits of the uniform numbers differ");
            }
            else
            {
                generator.FillNormal(drawn, a, b);
                int step = call.GetProperty("step").GetInt32();
                float[] expected = [.. call.GetProperty("values").EnumerateArray().Select(value => value.GetSingle())];
                float[] sampled = [.. Enumerable.Range(0, expected.Length).Select(i => drawn[i * step])];
                Assert.That(sampled, Is.EqualTo(expected).Within(NormalTolerance * b + MeanTolerance * Math.Abs(a)));
            }
        }
    }

    [Test]
    public void OnlyTheLow32BitsOfTheSeedMatter() =>
        Assert.That(new TorchGenerator(5 + (1UL << 32)).NextUInt32(), Is.EqualTo(new TorchGenerator(5).NextUInt32()));

    /// <summary>The reference implementation's published check: the 10,000th output for seed 5489 (also C++11's for mt19937).</summary>
    [Test]
    public void MatchesTheMersenneTwister()
    {
        TorchGenerator generator = new(5489);
        for (int i = 1; i < 10_000; i++) generator.NextUInt32();
        Assert.That(generator.NextUInt32(), Is.EqualTo(4123659995u));
    }

    [Test]
    public void FillingAnEmptySpanDoesNotAdvance()
    {
        TorchGenerator generator = new(3);
        generator.FillUniform([]);
        generator.FillNormal([]);
        Assert.That(generator.NextUInt32(), Is.EqualTo(new TorchGenerator(3).NextUInt32()));
    }

    [Test]
    public void GeneratorsFromEntropyDiffer()
    {
        float[] first = new float[8], second = new float[8];
        TorchGenerator.FromEntropy().FillUniform(first);
        TorchGenerator.FromEntropy().FillUniform(second);
        Assert.That(first, Is.Not.EqualTo(second)); // equal in one of 4 billion runs
    }
}
