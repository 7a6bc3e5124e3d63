using System.Buffers.Binary;
using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Imaging.Exif;
using ResNetManaged.Imaging.Png;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Tests.Imaging;

public sealed class ExifOrientationTests
{
    private static readonly ImageFileOptions Upright = new() { Upright = true };

    // A picture of 3 x 2 pixels as PIL's ImageOps.exif_transpose turns it.
    [TestCase(1, "abc def")]
    [TestCase(2, "cba fed")]
    [TestCase(3, "fed cba")]
    [TestCase(4, "def abc")]
    [TestCase(5, "ad be cf")]
    [TestCase(6, "da eb fc")]
    [TestCase(7, "fc eb da")]
    [TestCase(8, "cf be ad")]
    public void TurnsAndMirrors(int orientation, string expected)
    {
        RgbImage image = RgbImage.FromPixels("abcdef"u8, 3, 2, PixelFormat.Gray8), turned = ExifOrientation.Apply(image, orientation);
        string[] rows = [.. Enumerable.Range(0, turned.Height).Select(y => string.Concat(Enumerable.Range(0, turned.Width).Select(x => (char)turned.Row(y)[3 * x])))];
        Assert.That(string.Join(' ', rows), Is.EqualTo(expected));
    }

    [Test]
    public void JpegFilesAreTurnedOnlyOnRequest([Values] bool isLittle)
    {
        byte[] file = ImageGoldens.Bytes("jpeg_17x15_444.jpg");
        byte[] tiff = Tiff(6, isLittle), segment = [0xFF, 0xE1, 0, (byte)(tiff.Length + 8), .. "Exif\0\0"u8, .. tiff];
        byte[] rotated = [.. file[..2], .. segment, .. file[2..]];
        RgbImage plain = ImageFile.Load(file);
        ImageGoldens.AssertSame(ImageFile.Load(rotated), plain);
        ImageGoldens.AssertSame(ImageFile.Load(rotated, Upright), ExifOrientation.Apply(plain, 6));
        ImageGoldens.AssertSame(ImageFile.Load(file, Upright), plain);
    }

    [Test]
    public void PngFilesAreTurned()
    {
        RgbImage image = Pattern.Image(5, 3);
        byte[] file = ImageFile.EncodePng(image), data = Tiff(8, isLittle: false);
        byte[] chunk = [0, 0, 0, (byte)data.Length, .. "eXIf"u8, .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), PngChunk.Crc("eXIf"u8, data));
        int afterHeader = 8 + 12 + 13;
        ImageGoldens.AssertSame(ImageFile.Load([.. file[..afterHeader], .. chunk, .. file[afterHeader..]], Upright), ExifOrientation.Apply(image, 8));
    }

    [Test]
    public void DamagedExifIsIgnored()
    {
        byte[] file = ImageGoldens.Bytes("jpeg_17x15_444.jpg"), tiff = Tiff(6, isLittle: true);
        RgbImage plain = ImageFile.Load(file);
        for (int at = 0; at < 22; at++)
        {
            byte[] damaged = [.. tiff];
            damaged[at] ^= 0x80;
            byte[] segment = [0xFF, 0xE1, 0, (byte)(damaged.Length + 8), .. "Exif\0\0"u8, .. damaged];
            RgbImage loaded = ImageFile.Load([.. file[..2], .. segment, .. file[2..]], Upright);
            Assert.That(loaded.Width * loaded.Height, Is.EqualTo(plain.Width * plain.Height));
        }
    }

    [TestCase("RIFF....WEBPVP8 ", "a WebP file")]
    [TestCase("....ftypheic....", "a HEIF file")]
    [TestCase("....ftypavif....", "an AVIF file")]
    [TestCase("II*\0............", "a TIFF file")]
    [TestCase("%PDF-1.7........", "a PDF file")]
    public void OtherFormatsAreNamed(string content, string name)
    {
        ImageException? error = Assert.Throws<ImageException>(() => ImageFile.Load(System.Text.Encoding.Latin1.GetBytes(content)));
        Assert.That(error!.Reason, Is.EqualTo($"it is {name}; expected a JPEG, PNG, BMP or GIF file"));
        Assert.That(error.Failure, Is.EqualTo(ImageFailure.UnknownFormat));
    }

    /// <summary>A directory with only the orientation.</summary>
    private static byte[] Tiff(byte orientation, bool isLittle) => isLittle
        ? [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
        : [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
}
