using NUnit.Framework;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Tests.Preprocessing;

public sealed class RgbImageTests
{
    [TestCase(PixelFormat.Rgb24, new byte[] { 1, 2, 3, 4, 5, 6 }, new byte[] { 1, 2, 3, 4, 5, 6 })]
    [TestCase(PixelFormat.Bgr24, new byte[] { 1, 2, 3, 4, 5, 6 }, new byte[] { 3, 2, 1, 6, 5, 4 })]
    [TestCase(PixelFormat.Rgba32, new byte[] { 1, 2, 3, 0, 4, 5, 6, 9 }, new byte[] { 1, 2, 3, 4, 5, 6 })]
    [TestCase(PixelFormat.Bgra32, new byte[] { 1, 2, 3, 0, 4, 5, 6, 9 }, new byte[] { 3, 2, 1, 6, 5, 4 })]
    [TestCase(PixelFormat.Gray8, new byte[] { 7, 8 }, new byte[] { 7, 7, 7, 8, 8, 8 })]
    public void ReadsEveryPixelFormat(PixelFormat format, byte[] raw, byte[] rgb) =>
        Assert.That(RgbImage.FromPixels(raw, 2, 1, format).Pixels.ToArray(), Is.EqualTo(rgb));

    [Test]
    public void StrideSkipsPadding()
    {
        byte[] padded = [1, 2, 3, 99, 99, 4, 5, 6];
        Assert.That(RgbImage.FromPixels(padded, 1, 2, PixelFormat.Rgb24, stride: 5).Pixels.ToArray(), Is.EqualTo(new byte[] { 1, 2, 3, 4, 5, 6 }));
    }

    [Test]
    public void ANegativeStrideReadsFromTheBottomRow()
    {
        byte[] bottomUp = [4, 5, 6, 99, 99, 1, 2, 3];
        Assert.That(RgbImage.FromPixels(bottomUp, 1, 2, PixelFormat.Rgb24, stride: -5).Pixels.ToArray(), Is.EqualTo(new byte[] { 1, 2, 3, 4, 5, 6 }));
    }

    [Test]
    public void RejectsTooFewBytes() => Assert.That(() => RgbImage.FromPixels(new byte[11], 2, 2, PixelFormat.Rgb24),
        Throws.ArgumentException.With.Message.Contains("the span has 11 bytes; 2 x 2 Rgb24 pixels with stride 6 need 12"));

    [Test]
    public void RejectsAStrideShorterThanARow() => Assert.That(() => RgbImage.FromPixels(new byte[12], 2, 2, PixelFormat.Rgb24, stride: 5),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("the stride is 5; a row of 2 Rgb24 pixels needs 6 bytes"));

    [TestCase(0, 1)]
    [TestCase(1, -1)]
    [TestCase(60_000, 60_000)]
    public void RejectsImpossibleSizes(int width, int height)
    {
        Assert.That(() => new RgbImage(width, height), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => RgbImage.FromPixels([], width, height, PixelFormat.Gray8), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void RowIsAViewOfTheImage()
    {
        RgbImage image = new(2, 2);
        image.Row(1)[0] = 5;
        Assert.That(image.Pixels[6], Is.EqualTo(5));
    }
}
