using System.Text;
using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Cli;
using ResNetManaged.Imaging;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class CorpusCommandTests : CliTest
{
    private string Corpus => Folder["emb"];

    [Test]
    public void ACorpusHasTheVectorsOfEmbed()
    {
        string pictures = Plan(shard: 4);
        AssertCounts(Run("corpus", "run", Corpus, "--json").Json().Single(), shards: 3, done: 3, items: 9, rows: 9);
        Assert.That(Run("embed", pictures, "--weights", Weights, "--output", Folder["v.npy"]).ExitCode, Is.Zero);
        byte[] rows = [.. Enumerable.Range(0, 3).SelectMany(shard => File.ReadAllBytes(Folder[$"emb/shards/{shard:D6}.npy"])[128..])];
        Assert.That(rows, Is.EqualTo(File.ReadAllBytes(Folder["v.npy"])[128..]));
        string query = ImageFolder.FindFiles(pictures)[4];
        string expected = Run("similar", query, "--index", Folder["v.npy"], "--weights", Weights).Out;
        Assert.That(Run("similar", query, "--index", Corpus, "--weights", Weights).Out, Is.EqualTo(expected).And.Not.Empty);
        AssertFails(Run("similar", query, "--index", Corpus), 1, "computed by", "give the same --weights");
    }

    [Test]
    public void TasksShareTheShards()
    {
        Plan(shard: 2);
        AssertCounts(Run("corpus", "run", Corpus, "--task", "1/2", "--json").Json().Single(), shards: 2, done: 2, items: 4, rows: 4);
        Assert.That(Run("corpus", "status", Corpus, "--missing").OutLines, Is.EqualTo(new[] { "0", "2", "4" }));
        AssertFails(Run("corpus", "verify", Corpus, "--json"), 1, 3, "Shard 0 is not done.");
        AssertCounts(Run("corpus", "status", Corpus, "--json").Json().Single(), shards: 5, done: 2, items: 4, rows: 4);
        AssertCounts(Run("corpus", "run", Corpus, "--task", "0/2", "--json").Json().Single(), shards: 3, done: 3, items: 5, rows: 5);
        JsonElement verified = Run("corpus", "verify", Corpus, "--recompute", "1", "--json").Json().Single();
        AssertCounts(verified, shards: 5, done: 5, items: 9, rows: 9);
        Assert.That((verified.GetProperty("problems").GetInt32(), verified.GetProperty("recomputed").GetInt32()), Is.EqualTo((0, 9)));
    }

    [Test]
    public void ALineInIsALineOut()
    {
        Plan(shard: 3);
        JsonElement[] lines = RunWithInput(Encoding.UTF8.GetBytes("2\n\n 0 \n"), "corpus", "run", Corpus, "--shards", "-").Json();
        Assert.That(lines.Select(line => line.GetProperty("shard").GetInt32()), Is.EqualTo(new[] { 2, 0 }));
        Assert.That(File.ReadAllText(Folder["emb/shards/000002.json"]).TrimEnd(), Is.EqualTo(lines[0].GetRawText()));
        CliResult wrong = RunWithInput("3\n"u8.ToArray(), "corpus", "run", Corpus, "--shards", "-");
        AssertFails(wrong, 1, "line 1 of standard input is '3'; expected the number of a shard, 0 to 2");
    }

    [Test]
    public void AShardThatCannotBeReadIsReportedAndTheOthersAreDone()
    {
        string pictures = Plan(shard: 3, more: Folder.Write("a.tar", new byte[10240]));
        File.Delete(Folder["a.tar"]);
        CliResult result = Run("corpus", "run", Corpus, "--json");
        AssertFails(result, 1, "Shard 3: there is no file");
        Assert.That(JsonElement.Parse(result.Out).GetProperty("set_aside").GetInt32(), Is.EqualTo(1));
        CliResult filtered = RunWithInput("3\n"u8.ToArray(), "corpus", "run", Corpus, "--shards", "-");
        Assert.That(filtered.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(JsonElement.Parse(filtered.Out).GetProperty("error").GetString(), Does.StartWith("there is no file"));
        Assert.That(Run("corpus", "status", Corpus).OutLines[1], Does.StartWith("shard 3 was set aside: there is no file"));
        Assert.That(pictures, Does.Exist);
    }

    [Test]
    public void ThePlanKeepsTheOptionsOfTheNetwork()
    {
        string pictures = ColoredImages.Write(Folder, "pictures", perClass: 1), classes = Folder["classes.txt"];
        File.WriteAllLines(classes, Enumerable.Range(0, 10).Select(i => $"class {i}"));
        string[] network = ["--weights", Weights, "--size", "16", "--interpolation", "bicubic", "--mean", "0.5,0.5,0.5", "--upright", "--classes", classes];
        Assert.That(Run(["corpus", "plan", pictures, "--output", Corpus, "--classify", "3", .. network]).ExitCode, Is.Zero);
        Assert.That(Run("corpus", "run", Corpus).ExitCode, Is.Zero);
        Assert.That(File.ReadAllText(Folder["emb/shards/000000.jsonl"]), Is.EqualTo(Run(["classify", pictures, "--top", "3", "--json", .. network]).Out));
        File.WriteAllText(classes, File.ReadAllText(classes).Replace("class 3", "class three"));
        AssertFails(Run("corpus", "run", Corpus), 1, "other weights or another preprocessing");
    }

    [Test]
    public void AnotherVectorWidthThanThePlansIsRefused()
    {
        Assume.That(SimdDispatch.Accelerated, Has.Count.GreaterThan(1), "there is another width");
        Plan(shard: 3);
        string other = SimdDispatch.NameOf(SimdDispatch.Accelerated.First(path => path != SimdDispatch.Resolve(SimdPath.Auto)));
        AssertFails(Run("corpus", "run", Corpus, "--isa", other), 2, $"--isa {other} was given; the corpus was planned for");
    }

    [Test]
    public void BadCallsAreOneLine()
    {
        string pictures = Plan(shard: 3);
        AssertFails(Run("corpus"), 2, "see resnet corpus --help");
        AssertFails(Run("corpus", "plan", pictures), 2, "--output", "see resnet corpus plan --help");
        AssertFails(Run("corpus", "plan", pictures, "--output", Folder["x"], "--format", "parquet"), 2, "parquet");
        AssertFails(Run("corpus", "plan", pictures, "--output", Folder["x"], "--classify", "5"), 2, "--classify needs --weights");
        AssertFails(Run("corpus", "plan", pictures, "--output", Folder["x"], "--classify", "5", "--embed"), 2, "cannot be combined");
        AssertFails(Run("corpus", "plan", pictures, "--output", Weights), 1, "is not a folder");
        AssertFails(Run("corpus", "plan", Folder["none"], "--output", Folder["x"]), 1, "no file or folder");
        AssertFails(Run("corpus", "run", Folder["none"]), 1, "has no plan.json");
        AssertFails(Run("corpus", "run", Corpus, "--task", "3/3"), 2, "--task '3/3' is not I/N");
        AssertFails(Run("corpus", "run", Corpus, "--task", "0/3", "--shards", "-"), 2, "cannot be combined");
        AssertFails(Run("corpus", "verify", Corpus, "--recompute", "2"), 2, "--recompute '2'");
    }

    private string Plan(int shard, params string[] more)
    {
        string pictures = ColoredImages.Write(Folder, "pictures", perClass: 3);
        CliResult planned = Run(["corpus", "plan", pictures, .. more, "--output", Corpus, "--weights", Weights, "--shard", $"{shard}"]);
        Assert.That(planned.ExitCode, Is.Zero, planned.Error);
        return pictures;
    }

    private static void AssertFails(CliResult result, int exitCode, int lines, string first)
    {
        Assert.That(result.ExitCode, Is.EqualTo(exitCode));
        Assert.That(result.ErrorLines, Has.Length.EqualTo(lines));
        Assert.That(result.ErrorLines[0], Is.EqualTo("error: " + first));
    }

    private static void AssertCounts(JsonElement counts, int shards, int done, int items, int rows) =>
        Assert.That((counts.GetProperty("shards").GetInt32(), counts.GetProperty("done").GetInt32(), counts.GetProperty("set_aside").GetInt32(),
            counts.GetProperty("items").GetInt32(), counts.GetProperty("rows").GetInt32(), counts.GetProperty("failed").GetInt32()), Is.EqualTo((shards, done, 0, items, rows, 0)));
}
