using System.Globalization;
using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Cli;
using ResNetManaged.Imaging;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

/// <summary>Runs of <c>embed</c> that were stopped.</summary>
public sealed class EmbedResumingTests : CliTest
{
    private string Output => Folder["vectors.npy"];

    private string Partial => Output + ".partial";

    private string Log => Output + ".partial.jsonl";

    [Test]
    public void WhatAStoppedRunHasIsTakenOver([Values(1, 3, 5)] int lines, [Values(0, 7)] int torn)
    {
        string pictures = ColoredImages.Write(Folder, "pictures", perClass: 2);
        byte[] whole = Whole(pictures, out byte[] manifest);
        Stop(pictures, whole, lines, torn);
        JsonElement line = Embed(pictures);
        Assert.That((line.GetProperty("reused").GetInt32(), line.GetProperty("computed").GetInt32()), Is.EqualTo((lines, 6 - lines)));
        AssertWhole(whole, manifest);
    }

    [Test]
    public void AnotherRunOfTheSameOutputEndsBeforeItChangesAnything()
    {
        string pictures = ColoredImages.Write(Folder, "pictures", perClass: 2);
        byte[] whole = Whole(pictures, out byte[] manifest);
        Stop(pictures, whole, lines: 1, torn: 0);
        File.WriteAllBytes(Output, whole);
        File.WriteAllBytes(Folder["vectors.manifest.json"], manifest);
        using (new FileStream(Log, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            AssertFails(Run("embed", pictures, "--weights", Weights, "--output", Output), 1, "vectors.npy.partial.jsonl", "used by another process");
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(whole));
        Assert.That(File.ReadAllBytes(Folder["vectors.manifest.json"]), Is.EqualTo(manifest));
    }

    [Test]
    public void ALinkAsOutputIsFollowed()
    {
        string pictures = ColoredImages.Write(Folder, "pictures", perClass: 2), link = Folder["link.npy"];
        Folder.Write("vectors.npy", [0]);
        File.CreateSymbolicLink(link, Output);
        Assert.That(Run("embed", pictures, "--weights", Weights, "--output", link).ExitCode, Is.Zero);
        Assert.That(new FileInfo(link).LinkTarget, Is.Not.Null);
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(Whole(pictures, out _)));
    }

    [Platform("Linux")]
    [TestCase("vectors.npy")]
    [TestCase("vectors.npy.partial")]
    [TestCase("vectors.npy.partial.jsonl")]
    [TestCase("vectors.manifest.json")]
    public void PipesAndFoldersInTheWayAreNamed(string name)
    {
        string pictures = ColoredImages.Write(Folder, "pictures", perClass: 2);
        using (System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", Folder[name])) make.WaitForExit();
        AssertFails(Run("embed", pictures, "--weights", Weights, "--output", Output), 1, name, "named pipe");
        File.Delete(Folder[name]);
        Directory.CreateDirectory(Folder[name]);
        AssertFails(Run("embed", pictures, "--weights", Weights, "--output", Output), 1, name, "is a folder");
    }

    [Test]
    public void RowsOfAStoppedRunOfOtherFilesAreTakenOverToo()
    {
        string pictures = ColoredImages.Write(Folder, "pictures", perClass: 2);
        byte[] whole = Whole(pictures, out _);
        Stop(pictures, whole, lines: 4, torn: 0);
        Folder.Write("pictures/a.png", ImageFile.EncodePng(ColoredImages.Create(0, 20, 9))); // comes first
        JsonElement line = Embed(pictures);
        Assert.That((line.GetProperty("reused").GetInt32(), line.GetProperty("computed").GetInt32()), Is.EqualTo((4, 3)));
        byte[] resumed = File.ReadAllBytes(Output);
        Assert.That(resumed, Is.EqualTo(Whole(pictures, out byte[] manifest)));
        AssertWhole(resumed, manifest);
    }

    [Test]
    public void ARunThatWasKilledBeforeItsManifestIsTakenOver()
    {
        string pictures = ColoredImages.Write(Folder, "pictures", perClass: 2);
        byte[] whole = Whole(pictures, out byte[] manifest);
        Stop(pictures, whole, lines: 6, torn: 0);
        File.Move(Partial, Output);
        Assert.That(Embed(pictures).GetProperty("reused").GetInt32(), Is.EqualTo(6));
        AssertWhole(whole, manifest);
    }

    [Test]
    public void APartialFileOfAnotherNetworkOrWithoutItsRowsIsNotUsed()
    {
        string pictures = ColoredImages.Write(Folder, "pictures", perClass: 2);
        byte[] whole = Whole(pictures, out byte[] manifest);
        foreach (Action damage in (Action[])[() => File.WriteAllText(Log, File.ReadAllText(Log).Replace("network\":\"", "network\":\"x")),
            () => File.WriteAllBytes(Partial, whole[..200]), () => File.WriteAllText(Log, "{"), () => File.Delete(Log), () => File.Delete(Partial)])
        {
            Stop(pictures, whole, lines: 4, torn: 0);
            damage();
            Assert.That(Embed(pictures).GetProperty("computed").GetInt32(), Is.EqualTo(6));
            AssertWhole(whole, manifest);
        }
    }

    [Test]
    public void AnUnreadableFileOfAStoppedRunIsReportedAgain()
    {
        string pictures = ColoredImages.Write(Folder, "pictures", perClass: 1);
        Folder.Write("pictures/a.png", [1]);
        Assert.That(Run("embed", pictures, "--weights", Weights, "--output", Output).ExitCode, Is.EqualTo(ExitCode.Failed));
        byte[] whole = File.ReadAllBytes(Output);
        Stop(pictures, whole, lines: 0, torn: 0, failed: Folder["pictures/a.png"]);
        CliResult result = Run("embed", pictures, "--weights", Weights, "--output", Output, "--json");
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(result.ErrorLines[0], Does.Contain("a.png: it is not a JPEG, PNG, BMP or GIF file"));
        Assert.That(JsonElement.Parse(result.Out).GetProperty("failed").GetInt32(), Is.EqualTo(1));
    }

    private byte[] Whole(string pictures, out byte[] manifest)
    {
        File.Delete(Output);
        File.Delete(Folder["vectors.manifest.json"]);
        Embed(pictures);
        manifest = File.ReadAllBytes(Folder["vectors.manifest.json"]);
        return File.ReadAllBytes(Output);
    }

    /// <summary>Leaves what a run leaves that was killed after some files: their rows, possibly more, and their lines, the last one possibly torn.</summary>
    private void Stop(string pictures, byte[] whole, int lines, int torn, string? failed = null)
    {
        const int HeaderLength = 128, Dimensions = 64;
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Folder["vectors.manifest.json"]));
        string[] files = [.. manifest.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetRawText().ReplaceLineEndings("").Replace("  ", ""))];
        string log = $"{{\"network\":\"{manifest.RootElement.GetProperty("network").GetString()}\",\"dimensions\":{Dimensions}}}\n" + string.Concat(files.Take(lines).Select(file => file + "\n"))
            + (failed is null ? "" : LineOf(failed)) + (torn > 0 ? files[lines % files.Length][..torn] : "");
        Assert.That(files, Has.Length.EqualTo(ImageFolder.FindFiles(pictures).Count - (failed is null ? 0 : 1)));
        File.WriteAllText(Log, log);
        File.WriteAllBytes(Partial, whole[..Math.Min(whole.Length, HeaderLength + lines * Dimensions * sizeof(float) + 100)]);
        File.Delete(Output);
        File.Delete(Folder["vectors.manifest.json"]);
    }

    private static string LineOf(string failed) => JsonSerializer.Serialize(new
    {
        file = failed,
        bytes = new FileInfo(failed).Length,
        modified = File.GetLastWriteTimeUtc(failed).ToString("O", CultureInfo.InvariantCulture),
        reason = "it is not a JPEG, PNG, BMP or GIF file",
    }) + "\n";

    private void AssertWhole(byte[] whole, byte[] manifest)
    {
        Assert.That(File.ReadAllBytes(Output), Is.EqualTo(whole));
        Assert.That(File.ReadAllBytes(Folder["vectors.manifest.json"]), Is.EqualTo(manifest));
        Assert.That(Directory.GetFiles(Folder.Path).Where(file => file.StartsWith(Output + ".", StringComparison.Ordinal)), Is.Empty);
    }

    private JsonElement Embed(string pictures) => Run("embed", pictures, "--weights", Weights, "--output", Output, "--json").Json().Single();
}
