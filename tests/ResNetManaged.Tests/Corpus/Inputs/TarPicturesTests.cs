using System.IO.Compression;
using System.Text;
using NUnit.Framework;
using ResNetManaged.Corpus;
using ResNetManaged.Corpus.Inputs;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Corpus.Inputs;

public sealed class TarPicturesTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void FilesWithTheSameKeyAreASample()
    {
        string path = CorpusFiles.WriteTar(_folder["a.tar"], [.. CorpusFiles.Sample(7), .. CorpusFiles.Sample(8)]);
        CorpusItem[] items = [.. Open(path).Read(new ImageFileOptions())];
        Assert.That(items.Select(item => item.Name), Is.EqualTo(new[] { "000007.bmp", "000008.bmp" }));
        Assert.That(items[1].Companions.Select(companion => (companion.Extension, Encoding.UTF8.GetString(companion.Content))), Is.EqualTo(new[]
        {
            ("cls", "8"), ("json", "{\"width\": 8, \"seed\": 8}"), ("txt", "picture 8"),
        }));
        Assert.That(items[1].Source.Load().Pixels.ToArray(), Is.EqualTo(ImageFile.Load(TinyData.Bmp(8, 8, seed: 8)).Pixels.ToArray()));
    }

    [Test]
    public void NothingThatLooksLikeAPictureIsLeftOut()
    {
        byte[] bmp = TinyData.Bmp(8, 8);
        string path = CorpusFiles.WriteTar(_folder["a.tar"], ("./x/1.bmp", bmp), ("x/2.webp", [1]), ("x/3.jpg", []), (".x/4.bmp", bmp), ("x/._5.bmp", bmp), ("readme.md", [1]),
            ("x/6.left.png", bmp), ("x/6.right.png", bmp));
        TarPictures tar = Open(path);
        CorpusItem[] items = [.. tar.Read(new ImageFileOptions())];
        Assert.That(items.Select(item => item.Name), Is.EqualTo(new[] { "x/1.bmp", "x/2.webp", "x/3.jpg", "x/6.left.png", "x/6.right.png" }));
        Assert.That(tar.Others, Is.EqualTo(1));
        Assert.That(tar.CountPictures(), Is.EqualTo(5));
        Assert.That(() => items[2].Source.Load(), Throws.InstanceOf<ImageException>().With.Message.Contains("empty"));
    }

    [Test]
    public void GzippedFilesAreRead()
    {
        string path = CorpusFiles.WriteTar(_folder["a.tar"], CorpusFiles.Sample(1)), zipped = _folder["a.tgz"];
        using (GZipStream gzip = new(File.Create(zipped), CompressionLevel.Fastest)) gzip.Write(File.ReadAllBytes(path));
        Assert.That(Open(zipped).Read(new ImageFileOptions()).Single().Name, Is.EqualTo("000001.bmp"));
    }

    [Test]
    public void AFileThatWasCutAnywhereIsDamaged([Values(false, true)] bool gzipped)
    {
        byte[] whole = File.ReadAllBytes(CorpusFiles.WriteTar(_folder["a.tar"], [.. CorpusFiles.Sample(1), .. CorpusFiles.Sample(2)]));
        if (gzipped)
        {
            using MemoryStream zipped = new();
            using (GZipStream gzip = new(zipped, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(whole);
            whole = zipped.ToArray();
        }
        const int EndOfArchive = 1024; // the archive is whole without some of its last zeros
        for (int length = 0; length < whole.Length - EndOfArchive; length += gzipped ? 7 : 512)
        {
            string path = _folder.Write("cut.tar", whole[..length]);
            Assert.That(() => Open(path).Read(new ImageFileOptions()).Count(), Throws.InstanceOf<ShardException>().With.Message.Contains("damaged"), $"{length} bytes");
        }
    }

    [Test]
    public void AFileThatIsNotAsPlannedIsRefused()
    {
        string path = CorpusFiles.WriteTar(_folder["a.tar"], CorpusFiles.Sample(1));
        Assert.That(() => new TarPictures(3, path, new FileInfo(path).Length, 2).Read(new()).Count(), Throws.InstanceOf<ShardException>().With.Message.Contains("has 1 pictures; it had 2"));
        Assert.That(() => new TarPictures(3, path, 12, null).Read(new()).Count(), Throws.InstanceOf<ShardException>().With.Message.Contains("it had 12"));
        Assert.That(() => new TarPictures(3, path + "x", 12, null).Read(new()).Count(), Throws.InstanceOf<ShardException>().With.Message.StartsWith("Shard 3: there is no file"));
    }

    private static TarPictures Open(string path) => new(0, path, new FileInfo(path).Length, count: null);
}
