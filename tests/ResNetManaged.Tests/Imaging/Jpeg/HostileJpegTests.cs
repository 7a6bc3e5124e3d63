using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Tests.Imaging.Jpeg;

/// <summary>Files that cost far more than their bytes are refused; bytes that only look like scans are not counted.</summary>
public sealed class HostileJpegTests
{
    private static readonly byte[] Scan = [0xFF, 0xDA];

    /// <summary>A code whose only symbol has one bit.</summary>
    private static byte[] Code(byte slot, byte symbol) => Segment(0xC4, [slot, 1, .. new byte[15], symbol]);

    [Test]
    public void BytesAfterTheImageAreNoScans()
    {
        byte[] file = ImageGoldens.Bytes("jpeg_17x15_420_progressive.jpg");
        byte[] trailing = [.. file, .. Enumerable.Repeat(Scan, 600).SelectMany(bytes => bytes)];
        Assert.That(ImageFile.Load(trailing).Pixels.ToArray(), Is.EqualTo(ImageFile.Load(file).Pixels.ToArray()));
    }

    [Test]
    public void BytesInsideASegmentAreNoScans()
    {
        byte[] file = ImageGoldens.Bytes("jpeg_17x15_420.jpg");
        byte[] thumbnail = [.. Enumerable.Repeat(Scan, 600).SelectMany(bytes => bytes)];
        byte[] nested = [.. file[..2], .. Segment(0xE2, thumbnail), .. file[2..]];
        Assert.That(ImageFile.Load(nested).Pixels.ToArray(), Is.EqualTo(ImageFile.Load(file).Pixels.ToArray()));
    }

    [Test]
    public void ScansThatVisitFarMoreBlocksThanTheFileHasBytesAreRefused()
    {
        const int Side = 4096, Blocks = (Side / 8) * (Side / 8);
        byte[] runs = [.. Code(0x10, 0xE0), .. ScanHeader(1, 63, 0), .. new byte[2 * Blocks / (1 << 14) + 2]]; // ends of bands for 16,384 blocks each
        byte[] file = [.. Header(0xC2, Side), .. Code(0, 0), .. ScanHeader(0, 0, 0), .. new byte[Blocks / 8 + 1],
            .. Enumerable.Repeat(runs, 400).SelectMany(bytes => bytes), 0xFF, 0xD9];
        Assert.That(() => ImageFile.Load(file), Throws.TypeOf<ImageException>().With.Message.EqualTo(
            "Image 'bytes': the JPEG file has too many scans for its length."));
    }

    [Test]
    public void AFewScansOfAFlatPictureAreRead()
    {
        const int Side = 1024, Blocks = (Side / 8) * (Side / 8);
        byte[] runs = [.. Code(0x10, 0xE0), .. ScanHeader(1, 63, 0), .. new byte[2 * Blocks / (1 << 14) + 2]];
        byte[] file = [.. Header(0xC2, Side), .. Code(0, 0), .. ScanHeader(0, 0, 0), .. new byte[Blocks / 8 + 1],
            .. Enumerable.Repeat(runs, 10).SelectMany(bytes => bytes), 0xFF, 0xD9];
        Assert.That(ImageFile.Load(file).Pixels.ToArray(), Is.All.EqualTo(128));
    }

    [TestCase(0xC9, "JPEG with arithmetic coding is not supported")]
    [TestCase(0xCA, "JPEG with arithmetic coding is not supported")]
    [TestCase(0xC3, "lossless and hierarchical JPEG is not supported")]
    public void OtherKindsOfCodingAreNamed(int marker, string reason) => Assert.That(() => ImageFile.Load(Header(marker, 8)),
        Throws.TypeOf<ImageException>().With.Property(nameof(ImageException.Reason)).EqualTo(reason));

    [Test]
    public void TwelveBitsAreNamed()
    {
        byte[] file = Header(0xC1, 8);
        file[file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC1]) + 4] = 12;
        Assert.That(() => ImageFile.Load(file), Throws.TypeOf<ImageException>().With.Message.Contains("JPEG samples of 12 bits are not supported"));
    }

    /// <summary>Pillow 9.4 reads files with the valid segments and rejects the others.</summary>
    [TestCase(new byte[] { 0xFF, 0xCC, 0, 4, 0, 0x10 }, true)]
    [TestCase(new byte[] { 0xFF, 0xCC, 0, 6, 1, 0x22, 16, 5 }, true)]
    [TestCase(new byte[] { 0xFF, 0xCC, 0, 4, 0, 0x01 }, false)]
    [TestCase(new byte[] { 0xFF, 0xCC, 0, 4, 32, 0 }, false)]
    [TestCase(new byte[] { 0xFF, 0xCC, 0, 5, 0, 0x10, 0 }, false)]
    public void TheConditioningOfArithmeticCodingMustBeValid(byte[] segment, bool isRead)
    {
        byte[] file = ImageGoldens.Bytes("jpeg_29x18_420.jpg"), with = [.. file[..2], .. segment, .. file[2..]];
        if (isRead) Assert.That(ImageFile.Load(with).Pixels.ToArray(), Is.EqualTo(ImageFile.Load(file).Pixels.ToArray()));
        else Assert.That(() => ImageFile.Load(with), Throws.TypeOf<ImageException>().With.Message.Contains("conditioning of arithmetic coding"));
    }

    [Test]
    public void EndlessMarkersEndWithTheFile()
    {
        byte[] file = [0xFF, 0xD8, .. Enumerable.Repeat((byte[])[0xFF, 0xD0], 1 << 18).SelectMany(bytes => bytes)];
        Assert.That(() => ImageFile.Load(file), Throws.TypeOf<ImageException>().With.Message.EqualTo("Image 'bytes': the file is truncated."));
    }

    private static byte[] Header(int frame, int side) =>
    [
        0xFF, 0xD8, .. Segment(0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]),
        .. Segment((byte)frame, [8, (byte)(side >> 8), (byte)side, (byte)(side >> 8), (byte)side, 1, 1, 0x11, 0]),
    ];

    private static byte[] ScanHeader(byte first, byte last, byte bits) => Segment(0xDA, [1, 1, 0, first, last, bits]);

    private static byte[] Segment(byte marker, byte[] data) => [0xFF, marker, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2), .. data];
}
