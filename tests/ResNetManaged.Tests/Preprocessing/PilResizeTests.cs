using System.Globalization;
using System.Security.Cryptography;
using NUnit.Framework;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tests.Imaging;

namespace ResNetManaged.Tests.Preprocessing;

public sealed class PilResizeTests
{
    private static string[] Recorded => ImageGoldens.Names("resize_*.rgb");

    [Test]
    public void QuadrantsBlendTowardTheCenterWhenHalved() =>
        Assert.That(Resized([0xE1, 0x1E, 0x1E, 0xE1], blow: 4, to: 4)[..2], Is.EqualTo(new byte[][]
        {
            [0xE1, 0xC9, 255 - 0xC9, 255 - 0xE1],
            [0xC9, 0xB7, 255 - 0xB7, 255 - 0xC9],
        }));

    [Test]
    public void QuadrantsBlendTowardTheCenterWhenDoubled() =>
        Assert.That(Resized([0xE1, 0x1E, 0x1E, 0xE1], blow: 1, to: 4), Is.EqualTo(new byte[][]
        {
            [0xE1, 0xB0, 255 - 0xB0, 255 - 0xE1],
            [0xB0, 0x98, 255 - 0x98, 255 - 0xB0],
            [255 - 0xB0, 255 - 0x98, 0x98, 0xB0],
            [255 - 0xE1, 255 - 0xB0, 0xB0, 0xE1],
        }));

    [TestCaseSource(nameof(Recorded))]
    public void EqualsPil(string name)
    {
        int[] sizes = ImageGoldens.Numbers(name);
        ImageGoldens.AssertSame(PilResize.Resize(Pattern.Image(sizes[0], sizes[1]), sizes[2], sizes[3]), ImageGoldens.Pixels(name));
    }

    [Test]
    public void EveryFilterEqualsPilAtAThousandSizes()
    {
        Interpolation[] filters = Enum.GetValues<Interpolation>();
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Goldens", "resized.tsv"));
        Assert.That(lines, Has.Length.EqualTo(1000));
        foreach (string line in lines)
        {
            string[] fields = line.Split('\t');
            int[] sizes = [.. fields[..4].Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
            RgbImage image = Pattern.Image(sizes[0], sizes[1]);
            for (int i = 0; i < filters.Length; i++)
            {
                byte[] hash = SHA256.HashData(PilResize.Resize(image, sizes[2], sizes[3], filters[i]).Pixels);
                Assert.That(Convert.ToHexStringLower(hash)[..12], Is.EqualTo(fields[4 + i]), $"{filters[i]}: {string.Join(' ', sizes)}");
            }
        }
    }

    [Test]
    public void AWindowEqualsThatPartOfTheWholeImage([Values] Interpolation interpolation)
    {
        RgbImage image = Pattern.Image(97, 61), whole = PilResize.Resize(image, 41, 83, interpolation);
        RgbImage window = PilResize.ResizeWindow(
            new PixelViewSource(new PixelView(image)), 41, 83, left: 5, top: 7, windowWidth: 30, windowHeight: 70, interpolation);
        for (int y = 0; y < window.Height; y++)
            Assert.That(window.Row(y).ToArray(), Is.EqualTo(whole.Row(y + 7).Slice(5 * 3, 30 * 3).ToArray()), $"row {y}");
    }

    [Test]
    public void WhiteStaysWhiteAtEveryScale([Values(1, 2, 3, 7, 50, 199, 1000)] int size, [Values] Interpolation interpolation)
    {
        RgbImage white = new(200, 3);
        white.Pixels.Fill(255);
        Assert.That(PilResize.Resize(white, size, size, interpolation).Pixels.ToArray(), Is.All.EqualTo(255));
    }

    [Test]
    public void RejectsAnEmptySize() =>
        Assert.That(() => PilResize.Resize(Pattern.Image(3, 3), 0, 2), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void RejectsAnUnknownFilter() =>
        Assert.That(() => Pattern.Image(3, 3).Resize(2, 2, (Interpolation)99), Throws.TypeOf<ArgumentOutOfRangeException>());

    /// <summary>Two by two gray values, each enlarged to a square, then resized; returns the red channel by rows.</summary>
    private static byte[][] Resized(byte[] quadrants, int blow, int to)
    {
        int size = 2 * blow;
        byte[] gray = new byte[size * size];
        for (int i = 0; i < gray.Length; i++) gray[i] = quadrants[i / size / blow * 2 + i % size / blow];
        RgbImage resized = PilResize.Resize(RgbImage.FromPixels(gray, size, size, PixelFormat.Gray8), to, to);
        return Enumerable.Range(0, to).Select(y => Enumerable.Range(0, to).Select(x => resized.Row(y)[3 * x]).ToArray()).ToArray();
    }
}
