using System.Security.Cryptography;
using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Tests.Imaging.Jpeg;

/// <summary>Random JPEG files, half of them damaged, give PIL's pixels or are refused where PIL refuses them.</summary>
public sealed class RandomJpegTests
{
    private const int Seed = 1992;

    [Test]
    public void RecordedFilesGivePilsPixels()
    {
        using FileStream records = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Goldens", "jpegs.bin"));
        using BinaryReader reader = new(records);
        int read = 0, refused = 0;
        for (int i = 0; records.Position < records.Length; i++)
        {
            byte[] file = ReadFile(reader, out int width, out int height), hash = reader.ReadBytes(8);
            RgbImage? image = LoadOrNull(file);
            Assert.That((image?.Width ?? 0, image?.Height ?? 0), Is.EqualTo((width, height)), $"file {i}");
            Assert.That(SHA256.HashData(image is null ? [] : image.Pixels)[..8], Is.EqualTo(hash), $"file {i}");
            if (image is null) refused++;
            else read++;
        }
        Assert.That((read, refused), Is.EqualTo((149, 101)), "the number of files that make_jpegs.py records");
    }

    [TestCase(300)]
    [TestCase(10_000, Explicit = true, Category = "Long")]
    public void NewFilesGiveTheInstalledPilsPixels(int count)
    {
        using MemoryStream records = new(LivePilTests.RunPython(Path.Combine("Imaging", "Jpeg", "random_jpeg.py"), $"{Seed}", $"{count}") ?? [], writable: false);
        if (records.Length == 0) Assert.Ignore("No Python with PIL (Pillow) is installed: /usr/bin/python3 and python3 were tried.");
        using BinaryReader reader = new(records);
        int files = 0;
        for (; records.Position < records.Length; files++)
        {
            byte[] file = ReadFile(reader, out int width, out int height), pixels = reader.ReadBytes(width * height * 3);
            RgbImage? image = LoadOrNull(file);
            Assert.That((image?.Width ?? 0, image?.Height ?? 0), Is.EqualTo((width, height)), $"file {files}");
            if (image is not null && !image.Pixels.SequenceEqual(pixels)) Assert.That(image.Pixels.ToArray(), Is.EqualTo(pixels), $"file {files}");
        }
        Assert.That(files, Is.EqualTo(count));
    }

    private static byte[] ReadFile(BinaryReader reader, out int width, out int height)
    {
        int length = reader.ReadInt32();
        (width, height) = (reader.ReadInt32(), reader.ReadInt32());
        return reader.ReadBytes(length);
    }

    private static RgbImage? LoadOrNull(byte[] file)
    {
        try
        {
            return ImageFile.Load(file);
        }
        catch (ImageException)
        {
            return null;
        }
    }
}
