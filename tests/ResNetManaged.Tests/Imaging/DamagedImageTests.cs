using System.Buffers.Binary;
using System.IO.Compression;
using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tests.Support.Files;

namespace ResNetManaged.Tests.Imaging;

/// <summary>Damaged, hostile and oversized files throw <see cref="ImageException"/> and nothing else.</summary>
public sealed class DamagedImageTests
{
    private const int Seed = 20151210, ChangesPerFile = 100;

    private static readonly ImageFileOptions Small = new() { PixelCap = 1_000_000 };

    private static readonly string[] OneOfEachKind =
    [
        "jpeg_17x15_420.jpg", "jpeg_17x15_420_progressive.jpg", "jpeg_restarts.jpg", "jpeg_cmyk.jpg", "png_color3_depth4.png",
        "png_color6_depth16_interlaced.png", "bmp_24_header40.bmp", "bmp_4_header12.bmp", "bmp_rle8.bmp", "bmp_rle4.bmp",
        "gif_part_transparent_interlaced.gif", "gif_part_local.gif",
    ];

    [TestCaseSource(nameof(OneOfEachKind))]
    public void TruncationAnywhereThrowsUnlessAllPixelsArePresent(string name)
    {
        byte[] file = ImageGoldens.Bytes(name);
        byte[] whole = ImageFile.Load(file).Pixels.ToArray();
        for (int length = 0; length < file.Length; length++)
        {
            RgbImage? image = LoadOrNull(file.AsSpan(0, length));
            if (image is null) continue;
            Assert.That(image.Pixels.ToArray(), Is.EqualTo(whole), $"cut to {length} of {file.Length} bytes");
            Assert.That(length, Is.GreaterThan(file.Length / 2), "too short to hold all pixels");
        }
    }

    [Test]
    public void TruncationIsReportedOnOneLine()
    {
        byte[] file = ImageGoldens.Bytes("jpeg_17x15_420.jpg");
        Assert.That(() => ImageFile.Load(file.AsSpan(0, file.Length - 40)),
            Throws.TypeOf<ImageException>().With.Message.EqualTo("Image 'bytes': the file is truncated."));
    }

    [Test]
    public void ChangedBytesResultInAnImageOrAnImageException()
    {
        Random random = new(Seed);
        int damaged = 0;
        foreach (string name in ImageGoldens.Names("*.*").Where(name => !name.EndsWith(".rgb", StringComparison.Ordinal)
            && !name.EndsWith(".f32", StringComparison.Ordinal)))
        {
            byte[] file = ImageGoldens.Bytes(name);
            for (int i = 0; i < ChangesPerFile; i++)
            {
                int at = random.Next(file.Length);
                byte original = file[at];
                file[at] = (byte)random.Next(256);
                if (LoadOrNull(file, $"{name}, byte {at} = {file[at]}") is null) damaged++;
                file[at] = original;
            }
        }
        Assert.That(damaged, Is.GreaterThan(0), "no change was detected");
    }

    [TestCase("jpeg_17x15_420.jpg", 0)]
    [TestCase("png_color2_depth8.png", 16)]
    [TestCase("bmp_24_header40.bmp", 18)]
    [TestCase("bmp_rle8.bmp", 18)]
    [TestCase("gif_part.gif", 6)]
    public void SixtyThousandSquaredIsRejectedBeforeAllocation(string name, int sizeAt)
    {
        byte[] file = ImageGoldens.Bytes(name);
        if (name.EndsWith(".jpg", StringComparison.Ordinal)) WriteJpegSize(file, 60_000, 60_000);
        else if (name.EndsWith(".gif", StringComparison.Ordinal)) WriteAll(file, sizeAt, 2, [0x60, 0xEA]);
        else if (name.EndsWith(".bmp", StringComparison.Ordinal)) WriteAll(file, sizeAt, 4, [0x60, 0xEA, 0, 0]);
        else
        {
            WriteAll(file, sizeAt, 4, [0, 0, 0xEA, 0x60]);
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29), Checksum.Crc32(file.AsSpan(12, 17)));
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => ImageFile.Load(file), Throws.TypeOf<ImageException>().With.Message.EqualTo(
            "Image 'bytes': its header claims 60000 x 60000 pixels; at most 178956970 are allowed."));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
    }

    [Test]
    public void ASmallJpegThatClaimsAHugeAllowedSizeIsRejected()
    {
        byte[] file = ImageGoldens.Bytes("jpeg_17x15_420.jpg");
        WriteJpegSize(file, 13_000, 13_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => ImageFile.Load(file), Throws.TypeOf<ImageException>().With.Message.Contains("754 bytes cannot hold the 13000 x 13000 pixels that its header claims"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
    }

    [Test]
    public void JpegWithHundredsOfScansIsRejected()
    {
        byte[] file = ImageGoldens.Bytes("jpeg_17x15_420_progressive.jpg");
        int scan = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]),
            next = scan + 2 + file.AsSpan(scan + 2).IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        byte[] repeated = [.. file[..scan], .. Enumerable.Repeat(file[scan..next], 600).SelectMany(bytes => bytes), .. file[next..]];
        Assert.That(() => ImageFile.Load(repeated), Throws.TypeOf<ImageException>().With.Message.Contains("a JPEG with more than 500 scans is not supported"));
    }

    [Test]
    public void PixelCapCanBeLowered() => Assert.That(
        () => ImageFile.Load(ImageGoldens.Bytes("gif_noise.gif"), new ImageFileOptions { PixelCap = 80 * 70 - 1 }),
        Throws.TypeOf<ImageException>().With.Message.Contains("80 x 70 pixels; at most 5599"));

    [Test]
    public void SurplusPngDataIsNotHeldInMemory()
    {
        const int Inflated = 200_000_000;
        using MemoryStream compressed = new();
        using (ZLibStream deflate = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            byte[] zeros = new byte[1 << 20];
            for (int written = 0; written < Inflated; written += zeros.Length) deflate.Write(zeros);
        }
        byte[] file = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10,
            .. Chunk("IHDR"u8, [0, 0, 0, 4, 0, 0, 0, 4, 8, 0, 0, 0, 0]), .. Chunk("IDAT"u8, compressed.ToArray()), .. Chunk("IEND"u8, [])];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(ImageFile.Load(file).Pixels.ToArray(), Is.EqualTo(new byte[4 * 4 * 3])); // PIL stops at the end of the pixels too
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4 * file.Length + 1_000_000));
    }

    [Test]
    public void PngWithAWrongChecksumInItsHeaderIsRejected()
    {
        byte[] file = ImageGoldens.Bytes("png_1x1.png");
        file[30] ^= 1;
        Assert.That(() => ImageFile.Load(file), Throws.TypeOf<ImageException>().With.Message.Contains("PNG chunk 'IHDR' has a wrong checksum"));
    }

    private static RgbImage? LoadOrNull(ReadOnlySpan<byte> file, string what = "")
    {
        try
        {
            return ImageFile.Load(file, Small);
        }
        catch (ImageException e)
        {
            Assert.That(e.Message, Does.Not.Contain("\n"), what);
            return null;
        }
        catch (Exception e)
        {
            Assert.Fail($"{what}: {e}");
            throw;
        }
    }

    private static void WriteJpegSize(byte[] file, ushort width, ushort height)
    {
        int frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), height);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), width);
    }

    private static void WriteAll(byte[] file, int at, int bytes, ReadOnlySpan<byte> number)
    {
        number.CopyTo(file.AsSpan(at));
        number.CopyTo(file.AsSpan(at + bytes));
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Checksum.Crc32(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }
}
