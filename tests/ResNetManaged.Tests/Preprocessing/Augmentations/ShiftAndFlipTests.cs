using NUnit.Framework;
using ResNetManaged.Preprocessing;
using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Imaging;

namespace ResNetManaged.Tests.Preprocessing.Augmentations;

public sealed class ShiftAndFlipTests
{
    private const int Width = 9, Height = 7;

    [Test]
    public void FlipMirrorsEachRow()
    {
        RgbImage image = Pattern.Image(Width, Height);
        new HorizontalFlip(probability: 1).Apply(image, new PhiloxGenerator(1));
        AssertPixels(image, (x, y) => Pixel(Pattern.Image(Width, Height), Width - 1 - x, y));
    }

    [Test]
    public void FlipHappensWithTheRequestedProbability()
    {
        const int Images = 4000;
        const double Probability = 0.3;
        RgbImage original = Pattern.Image(2, 1);
        int flipped = 0;
        for (uint i = 0; i < Images; i++)
        {
            RgbImage image = Pattern.Image(2, 1);
            new HorizontalFlip(Probability).Apply(image, new PhiloxGenerator(7, index: i));
            if (!image.Pixels.SequenceEqual(original.Pixels)) flipped++;
        }
        Assert.That((double)flipped / Images, Is.EqualTo(Probability).Within(5 * Math.Sqrt(Probability * (1 - Probability) / Images)));
    }

    /// <summary>Compares with a padded image that is actually built: each result must be one of its windows.</summary>
    [TestCase(false, 3)]
    [TestCase(false, 20)]
    [TestCase(true, 3)]
    [TestCase(true, 6)]
    public void PadAndCropReturnsWindowsOfThePaddedImage(bool reflect, int padding)
    {
        RgbImage original = Pattern.Image(Width, Height);
        HashSet<int> lefts = [], tops = [];
        for (uint i = 0; i < 500; i++)
        {
            RgbImage image = Pattern.Image(Width, Height);
            new PadAndCrop(padding, reflect).Apply(image, new PhiloxGenerator(3, index: i));
            PhiloxGenerator same = new(3, index: i);
            int top = same.NextInt32(2 * padding + 1) - padding, left = same.NextInt32(2 * padding + 1) - padding;
            lefts.Add(left);
            tops.Add(top);
            AssertPixels(image, (x, y) => Padded(original, reflect, x + left, y + top));
        }
        Assert.That((lefts.Count, tops.Count), Is.EqualTo((2 * padding + 1, 2 * padding + 1)), "every shift occurs");
    }

    [Test]
    public void RejectsAReflectionBeyondTheImage() =>
        Assert.That(() => new PadAndCrop(Height, reflect: true).Apply(Pattern.Image(Width, Height), new PhiloxGenerator(1)),
            Throws.ArgumentException.With.Message.Contains("9 x 7"));

    private static (byte, byte, byte) Padded(RgbImage image, bool reflect, int x, int y)
    {
        bool isInside = x >= 0 && x < image.Width && y >= 0 && y < image.Height;
        if (!isInside && !reflect) return default;
        return Pixel(image, Mirrored(x, image.Width), Mirrored(y, image.Height));
    }

    private static int Mirrored(int position, int count) => position < 0 ? -position : position >= count ? 2 * count - 2 - position : position;

    private static (byte, byte, byte) Pixel(RgbImage image, int x, int y)
    {
        ReadOnlySpan<byte> pixel = image.Row(y).Slice(3 * x, 3);
        return (pixel[0], pixel[1], pixel[2]);
    }

    private static void AssertPixels(RgbImage image, Func<int, int, (byte, byte, byte)> expected)
    {
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                if (Pixel(image, x, y) != expected(x, y)) Assert.Fail($"pixel ({x}, {y}) is {Pixel(image, x, y)}, not {expected(x, y)}");
            }
        }
    }
}
