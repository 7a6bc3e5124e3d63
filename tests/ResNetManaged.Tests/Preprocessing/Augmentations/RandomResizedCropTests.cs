using NUnit.Framework;
using ResNetManaged.Preprocessing;
using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Imaging;

namespace ResNetManaged.Tests.Preprocessing.Augmentations;

public sealed class RandomResizedCropTests
{
    private const int Images = 4000;

    [Test]
    public void EqualsACropAndAResize()
    {
        RgbImage image = Pattern.Image(60, 45);
        RandomResizedCrop crop = new();
        for (uint i = 0; i < 20; i++)
        {
            PixelWindow window = crop.DrawWindow(60, 45, new PhiloxGenerator(1, index: i));
            RgbImage cut = new(window.Width, window.Height);
            for (int y = 0; y < cut.Height; y++)
            {
                for (int x = 0; x < cut.Width * 3; x++) cut.Row(y)[x] = image.Row(window.Top + y)[window.Left * 3 + x];
            }
            ImageGoldens.AssertSame(crop.Apply(image, (20, 16), new PhiloxGenerator(1, index: i)), PilResize.Resize(cut, 16, 20));
        }
    }

    [Test]
    public void WindowsLieInsideAndHaveTheRequestedAreasAndRatios()
    {
        const int Width = 640, Height = 480;
        double[] areas = new double[Images], logRatios = new double[Images];
        for (uint i = 0; i < Images; i++)
        {
            // A window of a quarter of the area is never too wide or too high, so none is redrawn.
            PixelWindow window = new RandomResizedCrop((0.05, 0.25)).DrawWindow(Width, Height, new PhiloxGenerator(2, index: i));
            Assert.That(window.Left >= 0 && window.Top >= 0 && window.Left + window.Width <= Width && window.Top + window.Height <= Height, $"{window}");
            areas[i] = (double)window.Width * window.Height / (Width * Height);
            logRatios[i] = Math.Log((double)window.Width / window.Height);
        }
        AssertUniform(areas, 0.05, 0.25, rounding: 0.01);
        AssertUniform(logRatios, Math.Log(3.0 / 4), Math.Log(4.0 / 3), rounding: 0.02);
    }

    [TestCase(1000, 10, 13, 10)]
    [TestCase(10, 1000, 10, 13)]
    [TestCase(1, 1, 1, 1)]
    public void UsesTheCenterIfNoWindowFits(int width, int height, int expectedWidth, int expectedHeight)
    {
        PixelWindow window = new RandomResizedCrop((1, 1)).DrawWindow(width, height, new PhiloxGenerator(3));
        Assert.That(window, Is.EqualTo(new PixelWindow((width - expectedWidth) / 2, (height - expectedHeight) / 2, expectedWidth, expectedHeight)));
    }

    [Test]
    public void RejectsAFractionAboveOne() =>
        Assert.That(() => new RandomResizedCrop(scale: (0.5, 1.5)), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("scale"));

    /// <summary>Asserts the mean and variance of a uniform distribution within five standard errors plus the effect of rounding to pixels.</summary>
    private static void AssertUniform(double[] values, double from, double to, double rounding)
    {
        double mean = (from + to) / 2, variance = (to - from) * (to - from) / 12;
        Assert.That(values, Is.All.InRange(from - rounding, to + rounding));
        Assert.That(values.Average(), Is.EqualTo(mean).Within(5 * Math.Sqrt(variance / values.Length)));
        Assert.That(values.Average(value => (value - mean) * (value - mean)), Is.EqualTo(variance).Within(0.1 * variance));
    }
}
