using System.Text;
using NUnit.Framework;
using ResNetManaged.Corpus;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Corpus;

public sealed class CorpusPlanTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void FoldersAndListsAreDividedAndATarIsAShard()
    {
        string pictures = CorpusFiles.WritePictures(_folder, "pictures", 9);
        CorpusFiles.WriteTar(_folder["tars/0.tar"], CorpusFiles.Sample(1));
        CorpusFiles.WriteTar(_folder["tars/1.tar"], [.. CorpusFiles.Sample(2), .. CorpusFiles.Sample(3)]);
        string list = _folder.Write("list.txt", Encoding.UTF8.GetBytes("pictures/0000.bmp\nnone.jpg\n"));
        CorpusPlan plan = CorpusFiles.Plan(_folder, "emb", pictures, _folder["tars"] + "/{0..1}.tar", list);
        Assert.That(Enumerable.Range(0, plan.ShardCount).Select(shard => plan.InputOf(shard).Count), Is.EqualTo(new long?[] { 4, 4, 1, null, null, 2 }));
        Assert.That(plan.Items, Is.Null);
        CorpusPlan counted = CorpusPlan.Create(_folder["counted"], CorpusFiles.Network, CorpusFiles.Options(pictures, _folder["tars"], list) with { CountsArchives = true });
        Assert.That(Enumerable.Range(0, counted.ShardCount).Select(shard => counted.InputOf(shard).Count), Is.EqualTo(new long?[] { 4, 4, 1, 1, 2, 2 }));
        Assert.That(counted.Items, Is.EqualTo(14));
        Assert.That(Directory.GetFiles(plan.Folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "plan.json", "shards.jsonl", "items.jsonl" }));
    }

    [Test]
    public void PlanningAgainChangesNothingAndAnotherPlanIsRefused()
    {
        string pictures = CorpusFiles.WritePictures(_folder, "pictures", 5);
        CorpusPlan plan = CorpusFiles.Plan(_folder, "emb", pictures);
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(plan.Folder, "plan.json"));
        Assert.That(CorpusFiles.Plan(_folder, "emb", pictures).Id, Is.EqualTo(plan.Id));
        Assert.That(File.GetLastWriteTimeUtc(Path.Combine(plan.Folder, "plan.json")), Is.EqualTo(written));
        Assert.That(CorpusPlan.Load(plan.Folder).Id, Is.EqualTo(plan.Id));
        CorpusFiles.WritePictures(_folder, "pictures", 6);
        Assert.That(() => CorpusFiles.Plan(_folder, "emb", pictures), Throws.InstanceOf<CorpusException>().With.Message.Contains("the plan of another corpus or network"));
        Assert.That(Directory.GetFiles(plan.Folder, "*.tmp"), Is.Empty);
    }

    [TestCase("none", "no file or folder")]
    [TestCase("empty", "no JPEG, PNG, BMP or GIF files and no tar files")]
    [TestCase("notes.pdf", "neither a picture")]
    [TestCase("empty.txt", "have no pictures")]
    public void InputsWithoutPicturesAreRefused(string input, string reason)
    {
        Directory.CreateDirectory(_folder["empty"]);
        _folder.Write("notes.pdf", [1]);
        _folder.Write("empty.txt", []);
        Assert.That(() => CorpusFiles.Plan(_folder, "emb", _folder[input]), Throws.InstanceOf<CorpusException>().With.Message.Contains(reason));
        Assert.That(File.Exists(_folder["emb/plan.json"]), Is.False);
    }

    [TestCase("plan.json")]
    [TestCase("shards.jsonl")]
    public void ADamagedPlanIsRefused(string file)
    {
        CorpusPlan plan = CorpusFiles.Plan(_folder, "emb", CorpusFiles.WritePictures(_folder, "pictures", 5));
        string path = Path.Combine(plan.Folder, file), text = File.ReadAllText(path);
        foreach (string damaged in (string[])["", "{", text.Replace('4', '5'), text[..(text.Length / 2)]])
        {
            File.WriteAllText(path, damaged);
            Assert.That(() => CorpusPlan.Load(plan.Folder), Throws.InstanceOf<CorpusException>().With.Message.Contains("damaged"), damaged);
        }
        File.Delete(path);
        Assert.That(() => CorpusPlan.Load(plan.Folder), Throws.InstanceOf<CorpusException>());
    }

    [Test]
    public void AMillionListedPicturesNeedLittleMemory()
    {
        string list = _folder["list.txt"];
        using (StreamWriter lines = new(list))
        {
            for (int i = 0; i < 1_000_000; i++) lines.WriteLine($"/data/pictures/{i:D8}.jpg");
        }
        long before = GC.GetTotalAllocatedBytes(precise: true);
        CorpusPlan plan = CorpusPlan.Create(_folder["emb"], CorpusFiles.Network, CorpusFiles.Options(list) with { ShardSize = 10_000 });
        Assert.That((plan.ShardCount, plan.Items), Is.EqualTo((100, 1_000_000L)));
        long kept = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(plan);
        Assert.That(kept, Is.LessThan(600L << 20), $"{(GC.GetTotalAllocatedBytes(precise: true) - before) >> 20} MiB were allocated");
    }
}
