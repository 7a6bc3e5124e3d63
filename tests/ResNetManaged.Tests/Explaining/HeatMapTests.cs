using NUnit.Framework;
using ResNetManaged.Explaining;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Explaining;

public sealed class HeatMapTests
{
    private static readonly Tensor Map = Tensor.FromArray([-1, 0, 1, 2, 4, 0.5f], [2, 3]);

    /// <summary>Wide, tall, smaller than the crop, and equal to it.</summary>
    [TestCase(50, 20, 16, 12)]
    [TestCase(20, 50, 16, 12)]
    [TestCase(24, 24, null, 12)]
    [TestCase(9, 7, null, 12)]
    [TestCase(12, 12, 12, 12)]
    public void EachPixelHasTheHeatOfItsPositionInTheInput(int width, int height, int? resize, int crop)
    {
        ImagePreset preset = new() { Resize = resize, Crop = crop };
        Tensor values = Create(Map, new RgbImage(width, height), preset).Values;
        Assert.That(values.Shape, Is.EqualTo(Shape.Create(height, width)));
        double scale = resize is int side ? (double)side / Math.Min(width, height) : 1;
        int resizedWidth = (int)(width * scale), resizedHeight = (int)(height * scale);
        double left = (resizedWidth - crop) / 2, top = (resizedHeight - crop) / 2; // these sizes leave no half pixel
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                double u = (x + 0.5) * resizedWidth / width - left, v = (y + 0.5) * resizedHeight / height - top;
                bool seen = u >= 0 && u < crop && v >= 0 && v < crop;
                double expected = seen ? Bilinear(v * 2 / crop - 0.5, u * 3 / crop - 0.5) : 0;
                Assert.That(values.ReadOnlySpan[y * width + x], Is.EqualTo(expected).Within(1e-6), $"({x}, {y})");
            }
    }

    [Test]
    public void WithoutEvidenceThereIsNoHeat()
    {
        RgbImage picture = GradCamTests.Picture(20, 10);
        HeatMap heat = Create(Tensor.FromArray([-1, -2], [1, 2]), picture, new ImagePreset { Resize = null, Crop = 10 });
        Assert.That(heat.Values.ReadOnlySpan.ToArray(), Is.All.Zero);
        Assert.That(heat.Overlay(picture).Pixels.ToArray(), Is.EqualTo(picture.Pixels.ToArray()));
    }

    [Test]
    public void OverlayHasTheRequestedOpacityAndKeepsThePicture()
    {
        RgbImage picture = GradCamTests.Picture(8, 8);
        byte[] before = picture.Pixels.ToArray();
        HeatMap heat = Create(Tensor.FromArray([3], [1, 1]), picture, new ImagePreset { Resize = null, Crop = 8 });
        Assert.That(heat.Overlay(picture, opacity: 0).Pixels.ToArray(), Is.EqualTo(before));
        byte[] paint = heat.Overlay(picture, opacity: 1).Pixels[..3].ToArray(), half = heat.Overlay(picture, opacity: 0.5f).Pixels.ToArray();
        Assert.That(paint, Is.Not.EqualTo(before[..3]));
        for (int i = 0; i < half.Length; i++) Assert.That(half[i], Is.EqualTo((before[i] + paint[i % 3]) / 2.0).Within(0.5));
        Assert.That(picture.Pixels.ToArray(), Is.EqualTo(before));
    }

    [Test]
    public void HotterColorsAreLighter()
    {
        byte[] black = [0, 0, 0], color = new byte[3];
        double last = -1;
        for (int i = 0; i <= 32; i++)
        {
            HeatColors.Paint(black, i / 32f, opacity: 1, color);
            double light = 0.30 * color[0] + 0.59 * color[1] + 0.11 * color[2]; // perceived intensity, weighted as in the cubehelix paper
            Assert.That(light, Is.GreaterThan(last), $"heat {i / 32.0}");
            last = light;
        }
    }

    [Test]
    public void APictureOfAnotherSizeIsRejected()
    {
        RgbImage picture = new(20, 10);
        HeatMap heat = Create(Map, picture, ImagePreset.Cifar10);
        Assert.That(() => heat.Overlay(new RgbImage(10, 20)), Throws.ArgumentException.With.Message.Contains("20 x 10").And.Message.Contains("10 x 20"));
        Assert.That(() => heat.Overlay(picture, 1.5f), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => heat.Overlay(picture, float.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static HeatMap Create(Tensor map, RgbImage picture, ImagePreset preset)
    {
        (PictureAxis vertical, PictureAxis horizontal) = PictureAxis.Of(picture, preset);
        return new HeatMap(map, new ClassScore(0, null, 0, 0), vertical, horizontal);
    }

    /// <summary>The map without negative values, divided by its maximum, interpolated between the centers of its cells.</summary>
    private static double Bilinear(double row, double column)
    {
        row = Math.Clamp(row, 0, 1);
        column = Math.Clamp(column, 0, 2);
        double sum = 0;
        for (int r = 0; r < 2; r++)
            for (int c = 0; c < 3; c++)
                sum += Math.Max(0, 1 - Math.Abs(row - r)) * Math.Max(0, 1 - Math.Abs(column - c)) * Math.Max(Map.ReadOnlySpan[r * 3 + c], 0) / 4;
        return sum;
    }
}
