using NUnit.Framework;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tests.Imaging;

namespace ResNetManaged.Tests.Preprocessing;

public sealed class CenterCropTests
{
    [TestCase(8, 4, 2)]
    [TestCase(9, 4, 2)] // 2.5 rounds to even
    [TestCase(11, 4, 4)] // 3.5 rounds to even
    [TestCase(4, 4, 0)]
    [TestCase(4, 8, -2)]
    [TestCase(4, 9, -2)] // the odd pixel of padding goes to the end
    public void StartsWhereTorchvisionDoes(int size, int crop, int expected) => Assert.That(CenterCrop.Offset(size, crop), Is.EqualTo(expected));

    [Test]
    public void CropsTheCenter()
    {
        RgbImage image = Pattern.Image(7, 6), middle = CenterCrop.Apply(image, (2, 3));
        Assert.That((middle.Width, middle.Height), Is.EqualTo((3, 2)));
        Assert.That(middle.Row(1).ToArray(), Is.EqualTo(image.Row(3).Slice(2 * 3, 3 * 3).ToArray()));
    }

    [Test]
    public void PadsWithBlack()
    {
        RgbImage image = new(1, 2);
        image.Pixels.Fill(9);
        Assert.That(CenterCrop.Apply(image, 2).Pixels.ToArray(), Is.EqualTo(new byte[] { 9, 9, 9, 0, 0, 0, 9, 9, 9, 0, 0, 0 }));
    }
}
