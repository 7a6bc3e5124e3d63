using System.Text;
using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Corpus;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Corpus;

public sealed class CorpusRunnerTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void RowsAreTheVectorsOfThePicturesInOrder()
    {
        string pictures = CorpusFiles.WritePictures(_folder, "pictures", 10);
        _folder.Write("pictures/0005.bmp", [1, 2, 3]);
        CorpusPlan plan = CorpusFiles.Plan(_folder, "emb", pictures);
        ShardManifest[] manifests = [.. Enumerable.Range(0, 3).Select(shard => Runner(plan).Run(shard))];
        Assert.That(manifests.Select(manifest => (manifest.Items, manifest.Rows, manifest.Failed)), Is.EqualTo(new[] { (4L, 4L, 0L), (4L, 3L, 1L), (2L, 2L, 0L) }));
        ImageEmbedder embedder = new(CorpusFiles.Network);
        string[] readable = [.. ImageFolder.FindFiles(pictures).Where(file => !file.EndsWith("0005.bmp", StringComparison.Ordinal))];
        Assert.That(Enumerable.Range(0, 3).SelectMany(shard => Npy.Read(Shard(plan, shard, ".npy")).ReadOnlySpan.ToArray()), Is.EqualTo(readable.SelectMany(file => embedder.Embed(file))));
        Assert.That(Enumerable.Range(0, 3).SelectMany(shard => Files(plan, shard)), Is.EqualTo(readable));
        JsonElement error = JsonElement.Parse(File.ReadAllText(Shard(plan, 1, ".errors.jsonl")));
        Assert.That((error.GetProperty("item").GetInt32(), error.GetProperty("file").GetString()), Is.EqualTo((1, Path.Combine(pictures, "0005.bmp"))));
        Assert.That(error.GetProperty("reason").GetString(), Does.Contain("it is not a JPEG, PNG, BMP or GIF file"));
        Assert.That(Directory.GetFiles(Path.Combine(plan.Folder, "work")), Is.Empty);
        Assert.That(Verify(plan), Is.Empty);
    }

    [Test]
    public void TarFilesKeepWhatTheyHaveBesideThePictures()
    {
        string tar = CorpusFiles.WriteTar(_folder["a.tar"], [.. CorpusFiles.Sample(11), .. CorpusFiles.Sample(12), ("notes.md", [1]), ("x.webp", [1])]);
        CorpusPlan plan = CorpusFiles.Plan(_folder, "emb", tar);
        ShardManifest manifest = Runner(plan).Run(0);
        Assert.That((manifest.Items, manifest.Rows, manifest.Failed, manifest.Others), Is.EqualTo((3L, 2L, 1L, 1L)));
        JsonElement line = JsonElement.Parse(File.ReadAllLines(Shard(plan, 0, ".jsonl"))[1]);
        Assert.That((line.GetProperty("file").GetString(), line.GetProperty("cls").GetInt32(), line.GetProperty("txt").GetString(), line.GetProperty("json").GetProperty("seed").GetInt32()),
            Is.EqualTo(("000012.bmp", 2, "picture 12", 12)));
        Assert.That(Npy.Read(Shard(plan, 0, ".npy")).ReadOnlySpan[64..].ToArray(), Is.EqualTo(new ImageEmbedder(CorpusFiles.Network).Embed(TinyData.Bmp(8, 8, seed: 12))));
    }

    [Test]
    public void ClassesAreThoseOfTheClassifier()
    {
        string pictures = CorpusFiles.WritePictures(_folder, "pictures", 3);
        CorpusPlan plan = CorpusPlan.Create(_folder["classes"], CorpusFiles.Network, CorpusFiles.Options(pictures) with { Classes = 2 });
        Runner(plan).Run(0);
        ImageClassifier classifier = new(CorpusFiles.Network);
        IEnumerable<(int, float)> expected = ImageFolder.FindFiles(pictures).SelectMany(file => classifier.Classify(file, 2)).Select(prediction => (prediction.Index, prediction.Probability));
        Assert.That(File.ReadLines(Shard(plan, 0, ".jsonl")).SelectMany(line => JsonElement.Parse(line).GetProperty("predictions").EnumerateArray())
            .Select(prediction => (prediction.GetProperty("index").GetInt32(), prediction.GetProperty("probability").GetSingle())), Is.EqualTo(expected));
        Assert.That(Verify(plan, recompute: true), Is.Empty);
    }

    [Test]
    public void PicturesWhoseResultIsNotFiniteHaveNoRow([Values(0, 2)] int classes)
    {
        ImageNetwork network = TinyData.Network();
        network.Parameters().First().Value.Span[0] = float.NaN;
        CorpusPlan plan = CorpusPlan.Create(_folder["emb"], network, CorpusFiles.Options(CorpusFiles.WritePictures(_folder, "pictures", 3)) with { Classes = classes });
        ShardManifest manifest = new CorpusRunner(plan, network, threads: 1).Run(0);
        Assert.That((manifest.Rows, manifest.Failed), Is.EqualTo((0L, 3L)));
        Assert.That(File.ReadAllText(Shard(plan, 0, ".errors.jsonl")), Does.Contain("is not finite"));
    }

    [Test]
    public void AFinishedShardIsNotComputedAgain()
    {
        CorpusPlan plan = CorpusFiles.Plan(_folder, "emb", CorpusFiles.WritePictures(_folder, "pictures", 4));
        CorpusRunner runner = Runner(plan);
        byte[] first = runner.Run(0).ToJson().ToArray();
        Directory.Delete(_folder["pictures"], recursive: true);
        Assert.That(runner.Run(0).ToJson().ToArray(), Is.EqualTo(first));
    }

    [Test]
    public void AnotherNetworkOrPreprocessingIsRefused()
    {
        CorpusPlan plan = CorpusFiles.Plan(_folder, "emb", CorpusFiles.WritePictures(_folder, "pictures", 4));
        ImageNetwork other = new ResNet(ResNetConfig.Cifar(blocksPerStage: 1), new TorchGenerator(8)).Eval();
        Assert.That(() => new CorpusRunner(plan, other), Throws.InstanceOf<CorpusException>().With.Message.Contains("other weights or another preprocessing"));
    }

    [Test]
    public void ACancelledShardLeavesNothing()
    {
        CorpusPlan plan = CorpusFiles.Plan(_folder, "emb", CorpusFiles.WritePictures(_folder, "pictures", 4));
        using CancellationTokenSource cancellation = new();
        Progress progress = new(() => cancellation.Cancel());
        Assert.That(() => Runner(plan).Run(0, progress, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.GetFiles(plan.Folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName), Is.EquivalentTo(new[] { "plan.json", "shards.jsonl", "items.jsonl" }));
    }

    [Test]
    public void AShardWhoseInputIsDamagedIsSetAsideUntilItIsMended()
    {
        string tar = CorpusFiles.WriteTar(_folder["a.tar"], CorpusFiles.Sample(1));
        byte[] whole = File.ReadAllBytes(tar);
        byte[] damaged = [.. whole];
        damaged.AsSpan(^512..).Fill(1);
        CorpusPlan plan = CorpusFiles.Plan(_folder, "emb", tar, CorpusFiles.WritePictures(_folder, "pictures", 2));
        File.WriteAllBytes(tar, damaged);
        Assert.That(() => Runner(plan).Run(0), Throws.InstanceOf<ShardException>().With.Message.Contains("is damaged"));
        Runner(plan).Run(1);
        List<(int, string?)> missing = [];
        CorpusStatus status = CorpusStatus.Read(plan, (shard, reason) => missing.Add((shard, reason)));
        Assert.That(status, Is.EqualTo(new CorpusStatus(2, 1, 1, 2, 2, 0)));
        Assert.That(missing.Single().Item2, Does.Contain("is damaged"));
        Assert.That(Verify(plan), Is.EqualTo(new[] { "Shard 0 is not done." }));
        File.WriteAllBytes(tar, whole);
        Runner(plan).Run(0);
        Assert.That(CorpusStatus.Read(plan), Is.EqualTo(new CorpusStatus(2, 2, 0, 3, 3, 0)));
        Assert.That(Verify(plan), Is.Empty);
    }

    [Test]
    public void AFolderThatIsNotThereDoesNotBecomeAShardOfFailures()
    {
        CorpusPlan plan = CorpusPlan.Create(_folder["emb"], CorpusFiles.Network, CorpusFiles.Options(CorpusFiles.WritePictures(_folder, "pictures", 12)) with { ShardSize = 12 });
        Directory.Move(_folder["pictures"], _folder["unmounted"]);
        Assert.That(() => Runner(plan).Run(0), Throws.InstanceOf<ShardException>().With.Message.Contains("none of its 12 pictures can be opened"));
        Directory.Move(_folder["unmounted"], _folder["pictures"]);
        Assert.That(Runner(plan).Run(0).Rows, Is.EqualTo(12));
    }

    [Test]
    public void VerifyingNoticesEveryChange()
    {
        CorpusPlan plan = CorpusFiles.Plan(_folder, "emb", CorpusFiles.WritePictures(_folder, "pictures", 6));
        for (int shard = 0; shard < 2; shard++) Runner(plan).Run(shard);
        Assert.That(Verify(plan, recompute: true), Is.Empty);
        foreach (string file in Directory.GetFiles(Path.Combine(plan.Folder, "shards")))
        {
            byte[] content = File.ReadAllBytes(file);
            content[content.Length / 2] ^= 1;
            File.WriteAllBytes(file, content);
            Assert.That(Verify(plan), Is.Not.Empty, $"a bit of {file}");
            content[content.Length / 2] ^= 1;
            File.WriteAllBytes(file, content[..^1]);
            if (!file.EndsWith("0.json", StringComparison.Ordinal) && !file.EndsWith("1.json", StringComparison.Ordinal)) Assert.That(Verify(plan), Is.Not.Empty, $"the end of {file}");
            File.Delete(file);
            Assert.That(Verify(plan), Is.Not.Empty, $"without {file}");
            File.WriteAllBytes(file, content);
        }
        _folder.Write("emb/shards/000009.npy", [1]);
        Assert.That(Verify(plan).Single(), Does.Contain("belongs to no shard"));
        File.Delete(_folder["emb/shards/000009.npy"]);
        _folder.Write("pictures/0001.bmp", TinyData.Bmp(8, 8, seed: 99)); // the picture changes after the run
        Assert.That(Verify(plan, recompute: true).Single(), Does.Contain("row 1").And.Contain("other bits"));
    }

    private static CorpusRunner Runner(CorpusPlan plan) => new(plan, CorpusFiles.Network, threads: 1);

    private static List<string> Verify(CorpusPlan plan, bool recompute = false)
    {
        List<string> problems = [];
        CorpusVerification found = new CorpusVerifier(plan, problems.Add, recompute ? Runner(plan) : null, recompute ? 1 : 0).Verify();
        Assert.That(found.Problems, Is.EqualTo(problems.Count));
        if (recompute && problems.Count == 0) Assert.That(found.Recomputed, Is.EqualTo(found.Status.Rows));
        return problems;
    }

    private static string Shard(CorpusPlan plan, int shard, string extension) => Path.Combine(plan.Folder, "shards", $"{shard:D6}{extension}");

    private static IEnumerable<string?> Files(CorpusPlan plan, int shard) =>
        File.ReadLines(Shard(plan, shard, ".jsonl"), Encoding.UTF8).Select(line => JsonElement.Parse(line).GetProperty("file").GetString());

    private sealed class Progress(Action report) : IProgress<long>
    {
        public void Report(long value) => report();
    }
}
