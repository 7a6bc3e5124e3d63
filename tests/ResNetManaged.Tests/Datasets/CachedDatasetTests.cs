using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tests.Imaging;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Datasets;

public sealed class CachedDatasetTests
{
    private const int ImageBytes = 32 * 32 * 3;

    [Test]
    public void EachImageIsDecodedOnce()
    {
        NumberedImages images = NumberedImages.Of(3, 3);
        ImageDataset cached = images.Cached();
        RgbImage first = cached.Load(4);
        first.Pixels.Clear(); // the caller's copy
        ImageGoldens.AssertSame(cached.Load(4), images.Load(4));
        Assert.That(images.Loads, Is.EqualTo(2), "once by the cache, once above");
    }

    [Test]
    public void TheCacheStaysWithinItsLimit()
    {
        NumberedImages images = NumberedImages.Of(3, 3);
        ImageDataset cached = images.Cached(maxBytes: 4 * ImageBytes + 1);
        for (int i = 0; i < 12; i++) cached.Load(i % 6);
        Assert.That(images.Loads, Is.EqualTo(6 + 2));
    }

    [Test]
    public void ErrorsAreNotCached()
    {
        ImageDataset cached = new NumberedImages([0, 1], 32, 1).Cached();
        for (int i = 0; i < 2; i++) Assert.That(() => cached.Load(1), Throws.TypeOf<ImageException>());
    }
}
