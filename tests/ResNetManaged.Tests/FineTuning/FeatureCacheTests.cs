using NUnit.Framework;
using ResNetManaged.FineTuning;
using ResNetManaged.Imaging;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.FineTuning;

public sealed class FeatureCacheTests
{
    private TemporaryFolder _folder = null!;
    private string _data = "";

    private string CacheFolder => Path.Combine(_folder.Path, "cache");

    [SetUp]
    public void MakeFolder()
    {
        _folder = new TemporaryFolder();
        _data = ColoredImages.Write(_folder, "data", perClass: 2);
    }

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void FeaturesEqualTheNetworksFeatures()
    {
        ResNet model = TinyData.Network();
        NumberedImages images = NumberedImages.Of(40, 30); // more than a batch
        Tensor features = FeatureExtraction.Run(model, images);
        Assert.That(features.Shape.ToString(), Is.EqualTo("[70, 64]"));
        Tensor expected = model.ForwardFeatures(ImagePreset.Cifar10.Apply([.. Enumerable.Range(0, images.Count).Select(images.Load)]));
        Assert.That(features.ReadOnlySpan.ToArray(), Is.EqualTo(expected.ReadOnlySpan.ToArray()));
    }

    [Test]
    public void CachedFeaturesAreBitIdentical()
    {
        (Tensor computed, bool wereCached) = Get();
        Assert.That(wereCached, Is.False);
        (Tensor read, wereCached) = Get();
        Assert.That(wereCached);
        Assert.That(read.ReadOnlySpan.ToArray(), Is.EqualTo(computed.ReadOnlySpan.ToArray()));
        Assert.That(Directory.GetFiles(CacheFolder), Has.Length.EqualTo(1));
    }

    [Test]
    public void TheHeadAndTheFoldersPathDoNotMatter()
    {
        Get();
        Assert.That(Get(TinyData.Network().WithHead(3)).WereCached);
        Directory.Move(_data, _folder["moved"]);
        _data = _folder["moved"];
        Assert.That(Get().WereCached);
    }

    [Test]
    public void ChangedWeightsInvalidateTheCache()
    {
        ResNet model = TinyData.Network();
        Get(model);
        model.StateDict()["layer3.0.bn2.running_var"].Span[0] *= 2;
        Assert.That(Get(model).WereCached, Is.False);
    }

    [Test]
    public void ChangedPreprocessingOrPrecisionInvalidatesTheCache()
    {
        Get();
        Assert.That(Get(preset: ImagePreset.Cifar10 with { Mean = new(0.5f, 0.5f, 0.5f) }).WereCached, Is.False);
        Assert.That(Get(options: new ExecutionOptions { Precision = Precision.Exact }).WereCached, Is.False);
        Assert.That(Get(options: new ExecutionOptions { Threads = 1 }).WereCached, "threads do not change results");
    }

    [Test]
    public void AChangedAddedOrRemovedPictureIsDetected()
    {
        Get();
        string picture = _folder["data/red/001.png"];
        File.SetLastWriteTimeUtc(picture, File.GetLastWriteTimeUtc(picture).AddSeconds(1));
        Assert.That(Get().WereCached, Is.False, "time");
        _folder.Write("data/red/002.png", ImageFile.EncodePng(ColoredImages.Create(2, 32, 9)));
        Assert.That(Get().WereCached, Is.False, "added");
        File.Delete(_folder["data/red/000.png"]);
        Assert.That(Get().WereCached, Is.False, "removed");
        Assert.That(Get().WereCached);
    }

    [Test]
    public void ADamagedFileIsRecomputed([Values(-1, 0, 20, 100)] int lengthKept)
    {
        float[] expected = Get().Features.ReadOnlySpan.ToArray();
        string file = Directory.GetFiles(CacheFolder).Single();
        byte[] content = File.ReadAllBytes(file), damaged = (byte[])content.Clone();
        damaged[^3] ^= 1; // a feature's bit
        File.WriteAllBytes(file, lengthKept < 0 ? damaged : content[..lengthKept]);
        (Tensor features, bool wereCached) = Get();
        Assert.That(wereCached, Is.False);
        Assert.That(features.ReadOnlySpan.ToArray(), Is.EqualTo(expected));
        Assert.That(File.ReadAllBytes(file), Is.EqualTo(content));
    }

    [Test]
    public void AFileUnderAnotherNameIsIgnored()
    {
        Get();
        string file = Directory.GetFiles(CacheFolder).Single();
        ResNet other = TinyData.Network();
        other.StateDict()["conv1.weight"].Span[0] += 1;
        float[] expected = Get(other).Features.ReadOnlySpan.ToArray();
        string second = Directory.GetFiles(CacheFolder).Single(path => path != file);
        File.Copy(file, second, overwrite: true);
        (Tensor features, bool wereCached) = Get(other);
        Assert.That(wereCached, Is.False);
        Assert.That(features.ReadOnlySpan.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void AnUnreadablePictureIsNamedAndNothingIsWritten()
    {
        string bad = _folder.Write("data/red/bad.png", [1, 2, 3]);
        Assert.That(() => Get(), Throws.TypeOf<ImageException>().With.Message.Contains(bad));
        Assert.That(Directory.Exists(CacheFolder), Is.False);
    }

    [Test]
    public void ImagesInArchivesOrMemoryAreIdentifiedByContent()
    {
        NumberedImages images = NumberedImages.Of(2, 2);
        Assert.That(Enumerable.Range(0, images.Count).Select(images.VersionOf).Distinct().Count(), Is.EqualTo(4));
        Assert.That(images.Cached().VersionOf(1), Is.EqualTo(images.VersionOf(1)));
    }

    private (Tensor Features, bool WereCached) Get(ResNet? model = null, ImagePreset? preset = null, ExecutionOptions? options = null) =>
        new FeatureCache(CacheFolder).GetOrCompute(model ?? TinyData.Network(), new ImageFolderDataset(_data), preset, options);
}
