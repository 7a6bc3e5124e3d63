using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Imaging.Jpeg;
using ResNetManaged.Preprocessing;
using ResNetManaged.Preprocessing.Augmentations;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Imaging.Jpeg;

/// <summary>A window, and a network's input made from it, equal those of the whole image.</summary>
public sealed unsafe class JpegWindowTests
{
    private const int Seed = 2004;

    private static string[] Files => ImageGoldens.Files("jpeg_");

    [TestCaseSource(nameof(Files))]
    public void AWindowEqualsThatPartOfTheWholeImage(string name)
    {
        Random random = new(Seed);
        byte[] file = ImageGoldens.Bytes(name);
        RgbImage whole = ImageFile.Load(file);
        byte[] row = new byte[whole.Width * 3];
        fixed (byte* start = file)
        {
            for (int i = 0; i < 40; i++)
            {
                int left = random.Next(whole.Width), top = random.Next(whole.Height);
                PixelWindow window = new(left, top, random.Next(1, whole.Width - left + 1), random.Next(1, whole.Height - top + 1));
                using JpegInput input = new(start, file.Length);
                using JpegPicture picture = new(input, RgbImage.DefaultPixelCap);
                picture.Select(window);
                for (int y = 0; y < window.Height; y++)
                {
                    ReadOnlySpan<byte> actual = picture.NextRow(row), expected = whole.Row(top + y).Slice(left * 3, window.Width * 3);
                    Assert.That(actual.SequenceEqual(expected), Is.True, $"{window}, row {y}");
                }
                picture.Finish();
            }
        }
    }

    [Test]
    public void TheInputOfAFileEqualsThatOfItsImage([ValueSource(nameof(Files))] string name, [Values] Interpolation interpolation, [Values(null, 9, 20)] int? resize)
    {
        ImagePreset preset = ImagePreset.ImageNet with { Resize = resize, Crop = (13, 11), Interpolation = interpolation };
        float[] expected = preset.Apply(ImageFile.Load(ImageGoldens.PathOf(name))).ReadOnlySpan.ToArray();
        Assert.That(ImageFile.LoadInput(ImageGoldens.PathOf(name), preset).ReadOnlySpan.ToArray(), Is.EqualTo(expected));
        Assert.That(ImageFile.LoadInput(ImageGoldens.Bytes(name), preset).ReadOnlySpan.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void AFileWhoseRestIsDamagedHasNoInput()
    {
        byte[] file = ImageGoldens.Bytes("jpeg_29x18_420.jpg");
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "cut.jpg");
        File.WriteAllBytes(path, file[..^60]);
        ImagePreset preset = ImagePreset.ImageNet with { Resize = null, Crop = 2 };
        Assert.That(() => ImageFile.LoadInput(path, preset), Throws.TypeOf<ImageException>().With.Message.EqualTo($"Image '{path}': the file is truncated."));
    }
}
