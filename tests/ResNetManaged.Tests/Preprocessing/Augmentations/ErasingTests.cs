using NUnit.Framework;
using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Preprocessing.Augmentations;

public sealed class ErasingTests
{
    private const int Channels = 3, Width = 12, Height = 10;

    private static readonly Size2D Size = (Height, Width);

    [TestCase(4)]
    [TestCase(5)]
    [TestCase(40)]
    public void CutoutClearsASquareAroundARandomPixel(int side)
    {
        for (uint i = 0; i < 100; i++)
        {
            float[] input = Ones();
            new Cutout(side).Apply(input, Size, new PhiloxGenerator(1, index: i));
            PhiloxGenerator same = new(1, index: i);
            int top = same.NextInt32(Height) - side / 2, left = same.NextInt32(Width) - side / 2;
            Assert.That(input, Is.EqualTo(Expected((x, y) => x >= left && x < left + side && y >= top && y < top + side)));
        }
    }

    [Test]
    public void ErasesOneRectangleOfTheRequestedAreaInAllChannels()
    {
        for (uint i = 0; i < 200; i++)
        {
            float[] input = Ones();
            new RandomErasing(probability: 1, scale: (0.2, 0.4), ratio: (0.5, 2)).Apply(input, Size, new PhiloxGenerator(2, index: i));
            int[] rows = [.. Enumerable.Range(0, Height).Where(y => Enumerable.Range(0, Width).Any(x => input[y * Width + x] == 0))];
            int[] columns = [.. Enumerable.Range(0, Width).Where(x => Enumerable.Range(0, Height).Any(y => input[y * Width + x] == 0))];
            Assert.That(input, Is.EqualTo(Expected((x, y) => x >= columns[0] && x <= columns[^1] && y >= rows[0] && y <= rows[^1])));
            // Rounding to pixels moves each side by up to half a pixel.
            double area = rows.Length * columns.Length, slack = 0.5 * (rows.Length + columns.Length) + 0.25;
            Assert.That(area, Is.InRange(0.2 * Size.Area - slack, 0.4 * Size.Area + slack));
        }
    }

    [Test]
    public void ErasesWithTheRequestedProbability()
    {
        const int Images = 2000;
        int erased = 0;
        for (uint i = 0; i < Images; i++)
        {
            float[] input = Ones();
            new RandomErasing(probability: 0.25).Apply(input, Size, new PhiloxGenerator(3, index: i));
            if (input.Contains(0f)) erased++;
        }
        Assert.That((double)erased / Images, Is.EqualTo(0.25).Within(5 * Math.Sqrt(0.25 * 0.75 / Images)));
    }

    [Test]
    public void NoiseHasMeanZeroAndVarianceOne()
    {
        List<double> noise = [];
        for (uint i = 0; i < 200; i++)
        {
            float[] input = Ones();
            new RandomErasing(probability: 1, scale: (0.2, 0.4), noise: true).Apply(input, Size, new PhiloxGenerator(4, index: i));
            noise.AddRange(input.Where(value => value != 1).Select(value => (double)value));
        }
        Assert.That(noise, Has.Count.GreaterThan(10_000));
        Assert.That(noise.Average(), Is.Zero.Within(5 / Math.Sqrt(noise.Count)));
        Assert.That(noise.Average(value => value * value), Is.EqualTo(1).Within(5 * Math.Sqrt(2.0 / noise.Count)));
    }

    private static float[] Ones() => Expected((_, _) => false);

    private static float[] Expected(Func<int, int, bool> isErased) => [.. Enumerable.Range(0, Channels * Size.Area)
        .Select(i => isErased(i % Width, i / Width % Height) ? 0f : 1f)];
}
