using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Imaging;

public sealed class PngEncoderTests
{
    [TestCase(1, 1)]
    [TestCase(3, 2)]
    [TestCase(257, 33)]
    public void AWrittenImageIsReadBack(int width, int height)
    {
        RgbImage image = new(width, height);
        new Random(width).NextBytes(image.Pixels);
        byte[] file = ImageFile.EncodePng(image);
        RgbImage read = ImageFile.Load(file);
        Assert.That((read.Width, read.Height), Is.EqualTo((width, height)));
        Assert.That(read.Pixels.ToArray(), Is.EqualTo(image.Pixels.ToArray()));
    }

    /// <summary>Our decoder does not verify the checksum of pixels; a browser does.</summary>
    [Test]
    public void ChunksHaveCorrectChecksums()
    {
        byte[] file = ImageFile.EncodePng(new RgbImage(2, 2));
        Assert.That(Convert.ToHexString(file.AsSpan(^12)), Is.EqualTo("0000000049454E44AE426082"), "the end of every PNG file");
        int start = 8 + 25; // signature and header
        int length = file.Length - start - 12 - 12;
        uint crc = uint.MaxValue;
        foreach (byte value in file.AsSpan(start + 4, 4 + length))
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        Assert.That(Convert.ToHexString(file.AsSpan(start + 8 + length, 4)), Is.EqualTo((~crc).ToString("X8")));
    }

    [Test]
    public void SavingReplacesAFileAndLeavesAStreamOpen()
    {
        using TemporaryFolder folder = new();
        RgbImage image = new(3, 2);
        image.Pixels.Fill(7);
        string path = folder.Write("a.png", [1, 2, 3]);
        ImageFile.SavePng(image, path);
        using MemoryStream stream = new();
        ImageFile.SavePng(image, stream);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(ImageFile.EncodePng(image)));
        Assert.That(stream.ToArray(), Is.EqualTo(ImageFile.EncodePng(image)));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(path)!), Has.Length.EqualTo(1), "no temporary file is left behind");
        Assert.That(() => ImageFile.SavePng(image, Path.Combine(folder["no"], "a.png")), Throws.InstanceOf<IOException>());
    }

    [Test]
    public void SmoothPicturesCompressWell()
    {
        RgbImage image = new(100, 100);
        for (int y = 0; y < 100; y++) image.Row(y).Fill((byte)(2 * y));
        Assert.That(ImageFile.EncodePng(image), Has.Length.LessThan(400));
    }
}
