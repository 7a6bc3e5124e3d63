using System.Globalization;
using NUnit.Framework;
using ResNetManaged.Preprocessing;
using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Imaging;

namespace ResNetManaged.Tests.Preprocessing.Augmentations;

public sealed class ColorJitterTests
{
    private static string[] Recorded => ImageGoldens.Names("adjust_*.rgb");

    [TestCaseSource(nameof(Recorded))]
    public void EqualsTorchvision(string name)
    {
        string[] parts = Path.GetFileNameWithoutExtension(name).Split('_');
        RgbImage image = Colors();
        Adjust(image, parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture) / 1000.0);
        ImageGoldens.AssertSame(image, ImageGoldens.Pixels(name));
    }

    [Test]
    public void AnAmountOfZeroChangesNothing()
    {
        RgbImage image = Colors();
        new ColorJitter().Apply(image, new PhiloxGenerator(1));
        ImageGoldens.AssertSame(image, Colors());
    }

    [Test]
    public void BrightnessIsUniformAroundOne()
    {
        const int Images = 4000;
        const double Amount = 0.4, Level = 100;
        double[] levels = new double[Images];
        for (uint i = 0; i < Images; i++)
        {
            RgbImage image = new(1, 1);
            image.Pixels.Fill((byte)Level);
            new ColorJitter(brightness: Amount).Apply(image, new PhiloxGenerator(2, index: i));
            levels[i] = image.Pixels[0] + 0.5; // truncated, so the middle of its interval
        }
        double deviation = Level * 2 * Amount / Math.Sqrt(12);
        Assert.That(levels, Is.All.InRange(Level * (1 - Amount), Level * (1 + Amount) + 1));
        Assert.That(levels.Average(), Is.EqualTo(Level).Within(5 * deviation / Math.Sqrt(Images)));
        Assert.That(levels.Average(level => (level - Level) * (level - Level)), Is.EqualTo(deviation * deviation).Within(0.1 * deviation * deviation));
    }

    [Test]
    public void EveryOrderOfTheChangesOccursAndIsApplied()
    {
        string[] changes = ["brightness", "contrast", "saturation", "hue"];
        HashSet<string> orders = [];
        for (uint i = 0; i < 200; i++)
        {
            RgbImage image = Colors(), expected = Colors();
            new ColorJitter(0.4, 0.4, 0.4, 0.1).Apply(image, new PhiloxGenerator(3, index: i));
            PhiloxGenerator same = new(3, index: i);
            int[] order = [0, 1, 2, 3];
            same.Shuffle(order.AsSpan());
            double[] factors = [same.NextDouble(0.6, 1.4), same.NextDouble(0.6, 1.4), same.NextDouble(0.6, 1.4), same.NextDouble(-0.1, 0.1)];
            foreach (int change in order) Adjust(expected, changes[change], factors[change]);
            ImageGoldens.AssertSame(image, expected);
            orders.Add(string.Join(' ', order));
        }
        Assert.That(orders, Has.Count.EqualTo(24));
    }

    [TestCase(-0.1)]
    [TestCase(double.NaN)]
    [TestCase(0.6)]
    public void RejectsAHueBeyondHalfATurn(double hue) =>
        Assert.That(() => new ColorJitter(hue: hue), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("hue"));

    private static void Adjust(RgbImage image, string what, double factor)
    {
        switch (what)
        {
            case "brightness": ColorAdjustment.Brightness(image.Pixels, factor); break;
            case "contrast": ColorAdjustment.Contrast(image.Pixels, factor); break;
            case "saturation": ColorAdjustment.Saturation(image.Pixels, factor); break;
            default: HueShift.Apply(image.Pixels, (float)factor); break;
        }
    }

    /// <summary>The same image as in make_adjustments.py.</summary>
    private static RgbImage Colors()
    {
        const int Levels = 6, Step = 51, Cube = Levels * Levels * Levels;
        byte[] pixels = new byte[24 * 18 * 3];
        for (int i = 0; i < Cube; i++)
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = ((byte)(i / 36 * Step), (byte)(i / Levels % Levels * Step), (byte)(i % Levels * Step));
        Pattern.Bytes(pixels.Length - 3 * Cube).CopyTo(pixels, 3 * Cube);
        return RgbImage.FromPixels(pixels, 24, 18, PixelFormat.Rgb24);
    }
}
