using NUnit.Framework;
using ResNetManaged.Explaining;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Tests.Explaining;

public sealed class ContactSheetTests
{
    [Test]
    public void PicturesFillRowsAndFitTheirCells()
    {
        ContactSheet sheet = new(columns: 2, cellSize: 20);
        sheet.Add(Filled(40, 20, 50));
        sheet.Add(Filled(10, 10, 100));
        sheet.Add(Filled(5, 500, 150));
        RgbImage image = sheet.ToImage();
        Assert.That(sheet.Count, Is.EqualTo(3));
        Assert.That((image.Width, image.Height), Is.EqualTo((2 * 28 + 8, 2 * 28 + 8)));
        Assert.That(At(8, 13), Is.EqualTo(50), "centered in its cell");
        Assert.That(At(27, 22), Is.EqualTo(50));
        Assert.That(At(8, 12), Is.EqualTo(245), "background above it");
        Assert.That(At(36, 8), Is.EqualTo(100), "enlarged to fill its cell");
        Assert.That(At(55, 27), Is.EqualTo(100));
        Assert.That(At(17, 36), Is.EqualTo(150), "never thinner than a pixel");
        Assert.That(At(40, 40), Is.EqualTo(245), "the empty cell");

        byte At(int x, int y) => image.Row(y)[3 * x];
    }

    [Test]
    public void ASheetWithoutPicturesThrows()
    {
        Assert.That(() => new ContactSheet(2).ToImage(), Throws.InvalidOperationException);
        Assert.That(() => new ContactSheet(0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ContactSheet(1, cellSize: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static RgbImage Filled(int width, int height, byte value)
    {
        RgbImage image = new(width, height);
        image.Pixels.Fill(value);
        return image;
    }
}
