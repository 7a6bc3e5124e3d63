using System.Runtime.InteropServices;
using NUnit.Framework;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Imaging;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Preprocessing;

public sealed class ImagePresetTests
{
    private static string[] Recorded => ImageGoldens.Names("preset_*.f32");

    [TestCaseSource(nameof(Recorded))]
    public void EqualsTorchvisionBitForBit(string name)
    {
        int[] numbers = ImageGoldens.Numbers(name);
        ImagePreset preset = new() { Resize = numbers[2] == 0 ? null : numbers[2], Crop = numbers[3] };
        float[] expected = MemoryMarshal.Cast<byte, float>(ImageGoldens.Bytes(name)).ToArray();
        Assert.That(preset.Apply(Pattern.Image(numbers[0], numbers[1])).ReadOnlySpan.ToArray(), Is.EqualTo(expected));
    }

    [TestCase(500, 375, 256, 341, 256)]
    [TestCase(375, 500, 256, 256, 341)]
    [TestCase(640, 427, 232, 347, 232)]
    [TestCase(32, 32, 32, 32, 32)]
    [TestCase(3, 7, 10, 10, 23)]
    public void TheShorterSideIsResizedAndTheLongerOneTruncated(int width, int height, int size, int toWidth, int toHeight) =>
        Assert.That(new ImagePreset { Resize = size }.ResizedSize(width, height), Is.EqualTo(new Size2D(toHeight, toWidth)));

    [Test]
    public void PresetsMatchTorchvision()
    {
        Assert.That((ImagePreset.ImageNet.Resize, ImagePreset.ImageNet.Crop), Is.EqualTo(((int?)256, new Size2D(224, 224))));
        Assert.That((ImagePreset.ImageNetV2.Resize, ImagePreset.ImageNetV2.Crop), Is.EqualTo(((int?)232, new Size2D(224, 224))));
        Assert.That((ImagePreset.Cifar10.Resize, ImagePreset.Cifar10.Crop), Is.EqualTo(((int?)32, new Size2D(32, 32))));
    }

    [Test]
    public void CifarImagesAreOnlyNormalized()
    {
        RgbImage image = Pattern.Image(32, 32);
        Tensor input = ImagePreset.Cifar10.Apply(image);
        Assert.That(input.Shape, Is.EqualTo(Shape.Create(1, 3, 32, 32)));
        Assert.That(input[0, 1, 4, 5], Is.EqualTo((image.Row(4)[5 * 3 + 1] / 255f - 0.456f) / 0.224f));
    }

    [Test]
    public void ABatchGivesTheResultsOfItsImagesAlone()
    {
        RgbImage[] images = [Pattern.Image(300, 260), Pattern.Image(230, 500)];
        Tensor batch = ImagePreset.ImageNet.Apply(images);
        Assert.That(batch.Shape, Is.EqualTo(Shape.Create(2, 3, 224, 224)));
        for (int i = 0; i < images.Length; i++)
            Assert.That(batch.Slice(i).MaxAbsoluteDifference(ImagePreset.ImageNet.Apply(images[i]).Slice(0)), Is.Zero);
    }

    [Test]
    public void RawPixelsGiveTheResultsOfTheirImage(
        [Values] PixelFormat format, [Values("ImageNet", "32 x 32", "crop only")] string preset, [Values(-1, 0, 1)] int padding)
    {
        const int Width = 250, Height = 240;
        ImagePreset apply = preset switch
        {
            "ImageNet" => ImagePreset.ImageNet,
            "crop only" => new ImagePreset { Resize = null, Crop = (200, 300) },
            _ => ImagePreset.Cifar10,
        };
        int rowBytes = Width * PixelRows.PixelSize(format), stride = padding * (rowBytes + 7);
        byte[] pixels = Pattern.Bytes((rowBytes + 7) * Height);
        Tensor expected = apply.Apply(RgbImage.FromPixels(pixels, Width, Height, format, stride));
        Assert.That(apply.Apply(pixels, Width, Height, format, stride).ReadOnlySpan.ToArray(), Is.EqualTo(expected.ReadOnlySpan.ToArray()));
    }

    [Test]
    public void RawPixelsAreNotCopied([Values] PixelFormat format)
    {
        const int Side = 1000;
        byte[] pixels = new byte[Side * Side * PixelRows.PixelSize(format)];
        long allocated = Allocation.Of(() => ImagePreset.Cifar10.Apply(pixels, Side, Side, format));
        Assert.That(allocated, Is.LessThan(Side * Side / 4)); // coefficients, and 32 x 32 pixels and floats; a copy would take 3 * Side * Side
    }

    [Test]
    public void WithCreatesVariations()
    {
        ImagePreset preset = ImagePreset.ImageNet with { Resize = null, Crop = (2, 3), Mean = new(0, 0, 0), Std = new(1, 1, 1) };
        Assert.That(preset.Apply(Pattern.Image(3, 2))[0, 0, 0, 1], Is.EqualTo(Pattern.Image(3, 2).Pixels[3] / 255f));
        Assert.That(preset, Is.EqualTo(preset with { }));
    }

    [Test]
    public void RejectsADestinationOfTheWrongLength() => Assert.That(() => ImagePreset.Cifar10.Apply(Pattern.Image(32, 32), new float[100]),
        Throws.ArgumentException.With.Message.Contains("the destination has 100 elements; expected [3, 32, 32] = 3072"));

    [Test]
    public void RejectsInvalidSettings()
    {
        Assert.That(() => ImagePreset.ImageNet with { Resize = 0 }, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => ImagePreset.ImageNet with { Crop = (224, 0) }, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => ImagePreset.ImageNet with { Std = new(1, 0, 1) }, Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
