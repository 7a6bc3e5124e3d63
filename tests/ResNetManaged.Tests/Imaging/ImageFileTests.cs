using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Tests.Imaging;

public sealed class ImageFileTests
{
    private static string[] JpegFiles => ImageGoldens.Files("jpeg_");

    private static string[] PngFiles => ImageGoldens.Files("png_");

    private static string[] BmpFiles => ImageGoldens.Files("bmp_");

    private static string[] GifFiles => ImageGoldens.Files("gif_");

    [TestCaseSource(nameof(JpegFiles))]
    public void JpegEqualsPil(string name) => AssertEqualsPil(name);

    [TestCaseSource(nameof(PngFiles))]
    public void PngEqualsPil(string name) => AssertEqualsPil(name);

    [TestCaseSource(nameof(BmpFiles))]
    public void BmpEqualsPil(string name) => AssertEqualsPil(name);

    [TestCaseSource(nameof(GifFiles))]
    public void GifEqualsPil(string name) => AssertEqualsPil(name);

    [Test]
    public void PathStreamAndBytesLoadTheSameImage()
    {
        string path = ImageGoldens.PathOf("png_1x1.png");
        using FileStream stream = File.OpenRead(path);
        byte[] expected = [10, 20, 30];
        Assert.That(ImageFile.Load(path).Pixels.ToArray(), Is.EqualTo(expected));
        Assert.That(ImageFile.Load(stream).Pixels.ToArray(), Is.EqualTo(expected));
        Assert.That(ImageFile.Load(File.ReadAllBytes(path)).Pixels.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void AMissingFileIsNamed()
    {
        ImageException error = Assert.Throws<ImageException>(() => ImageFile.Load("no/such/photo.jpg"));
        Assert.That(error.Message, Is.EqualTo("Image 'no/such/photo.jpg': there is no such file."));
        Assert.That(error.ImageName, Is.EqualTo("no/such/photo.jpg"));
    }

    [Test]
    public void TheFileOfAStreamIsNamed()
    {
        using FileStream stream = File.OpenRead(ImageGoldens.PathOf("resize_1x1_5x4.rgb"));
        Assert.That(() => ImageFile.Load(stream),
            Throws.TypeOf<ImageException>().With.Property(nameof(ImageException.ImageName)).EqualTo(stream.Name));
    }

    [Test]
    public void AFolderIsNotAnImage() =>
        Assert.That(() => ImageFile.Load(Path.GetTempPath()), Throws.TypeOf<ImageException>().With.Message.Contains("it is a folder"));

    [Test]
    public void EmptyAndUnknownContentIsReported()
    {
        Assert.That(() => ImageFile.Load([]), Throws.TypeOf<ImageException>().With.Message.EqualTo("Image 'bytes': it is empty."));
        Assert.That(() => ImageFile.Load("%PDF-1.7"u8), Throws.TypeOf<ImageException>().With.Message.EqualTo(
            "Image 'bytes': it is not a JPEG, PNG, BMP or GIF file."));
    }

    [Test]
    public void UnknownContentIsNotReadToItsEnd()
    {
        using MemoryStream foreign = new(new byte[1 << 20]);
        Assert.That(() => ImageFile.Load(foreign), Throws.TypeOf<ImageException>().With.Message.Contains("it is not a JPEG, PNG, BMP or GIF file"));
        Assert.That(foreign.Position, Is.LessThan(100));
    }

    private static void AssertEqualsPil(string name) =>
        ImageGoldens.AssertSame(ImageFile.Load(ImageGoldens.PathOf(name)), ImageGoldens.Pixels(name + ".rgb"));
}
