using System.Formats.Tar;
using System.IO.Compression;
using NUnit.Framework;
using ResNetManaged.Datasets;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tests.Imaging;
using ResNetManaged.Tests.Support;
using ResNetManaged.Tests.Support.Files;

namespace ResNetManaged.Tests.Datasets;

public sealed class ImageArchiveDatasetTests
{
    [TestCase("data.tar")]
    [TestCase("data.tar.gz")]
    public void EqualsTheUnpackedFolder(string name)
    {
        using TemporaryFolder folder = new();
        foreach ((string file, int seed) in new[] { ("train/b/2.bmp", 1), ("train/b/1.bmp", 2), ("train/B/1.bmp", 3), ("train/a/deep/1.bmp", 4) })
            folder.Write(Path.Combine("files", file), TinyData.Bmp(seed: seed));
        folder.Write("files/train/readme.txt", []);
        folder.Write("files/train/a/._1.bmp", [1]);
        string path = Pack(folder, name);

        ImageDataset archive = ImageDatasets.Open(path), unpacked = new ImageFolderDataset(folder["files/train"]);
        Assert.That(archive.ClassNames, Is.EqualTo(unpacked.ClassNames));
        Assert.That(archive.Count, Is.EqualTo(unpacked.Count));
        for (int i = 0; i < archive.Count; i++)
        {
            Assert.That(archive.LabelOf(i), Is.EqualTo(unpacked.LabelOf(i)));
            ImageGoldens.AssertSame(archive.Load(i), unpacked.Load(i));
        }
        Assert.That(archive.NameOf(0), Is.EqualTo($"{path}/train/B/1.bmp"));
    }

    [Test]
    public void AnUnreadableImageIsNamed()
    {
        using TemporaryFolder folder = new();
        folder.Write("files/a/1.png", [1, 2, 3]);
        folder.Write("files/b/1.bmp", TinyData.Bmp());
        ImageDataset archive = ImageDatasets.Open(Pack(folder, "data.tgz"));
        Assert.That(() => archive.Load(0), Throws.TypeOf<ImageException>().With.Message.Contains("data.tgz/a/1.png"));
    }

    [Test]
    public void RejectsArchivesWithoutClasses()
    {
        using TemporaryFolder folder = new();
        folder.Write("files/1.bmp", TinyData.Bmp());
        Assert.That(() => ImageDatasets.Open(Pack(folder, "flat.tar")), Throws.TypeOf<DatasetException>().With.Message.Contains("outside of any class's folder"));
        File.Delete(folder["files/1.bmp"]);
        folder.Write("files/a/notes.txt", []);
        Assert.That(() => ImageDatasets.Open(Pack(folder, "empty.tar")), Throws.TypeOf<DatasetException>().With.Message.Contains("has no image"));
    }

    [Test]
    public void RejectsDamagedArchives()
    {
        using TemporaryFolder folder = new();
        folder.Write("files/a/1.bmp", TinyData.Bmp());
        folder.Write("files/b/1.bmp", TinyData.Bmp());
        byte[] whole = File.ReadAllBytes(Pack(folder, "data.tar.gz"));
        string cut = folder.Write("cut.tar.gz", whole[..(whole.Length / 2)]);
        string noise = folder.Write("noise.tar", [.. Enumerable.Range(0, 2000).Select(i => (byte)(i * 7))]);
        Assert.That(() => ImageDatasets.Open(cut), Throws.TypeOf<DatasetException>().With.Message.Contains("is damaged"));
        Assert.That(() => ImageDatasets.Open(noise), Throws.TypeOf<DatasetException>().With.Message.Contains("is damaged"));
    }

    [Test]
    public void OpensTheSharedTrainingSet()
    {
        ImageDataset cifar = ImageDatasets.Open(SharedData.PathOf("cifar10/cifar10-train-jpeg.tar.gz"));
        Assert.That(cifar.Count, Is.EqualTo(50_000));
        Assert.That(cifar.ClassNames, Is.EqualTo(CifarDataset.Labels));
        Assert.That(ClassBalance.Of(cifar).Counts, Is.All.EqualTo(5000));
        Assert.That((cifar.Load(49_999).Width, cifar.Load(0).Height), Is.EqualTo((32, 32)));
    }

    private static string Pack(TemporaryFolder folder, string name)
    {
        using FileStream file = File.Create(folder[name]);
        using Stream content = name.EndsWith("gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        TarFile.CreateFromDirectory(folder["files"], content, includeBaseDirectory: false);
        return folder[name];
    }
}
