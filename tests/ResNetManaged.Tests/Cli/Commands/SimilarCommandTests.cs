using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class SimilarCommandTests : CliTest
{
    private string Pictures => ColoredImages.Write(Folder, "pictures", perClass: 3);

    [Test]
    public void TheImageItselfIsLeftOut()
    {
        string pictures = Pictures, query = ImageFolder.FindFiles(pictures)[4];
        JsonElement line = Run("similar", query, pictures, "--weights", Weights, "--top", "4", "--json").Json().Single();
        JsonElement[] neighbors = [.. line.GetProperty("neighbors").EnumerateArray()];
        Assert.That(neighbors, Has.Length.EqualTo(4));
        Assert.That(neighbors.Select(neighbor => neighbor.GetProperty("file").GetString()), Has.None.EqualTo(query));
        Assert.That(neighbors.Select(neighbor => neighbor.GetProperty("similarity").GetDouble()), Is.Ordered.Descending);
    }

    [Test]
    public void ACopyOfTheImageIsFoundFirst()
    {
        string pictures = Pictures, query = ImageFolder.FindFiles(pictures)[4], copy = Path.Combine(pictures, "copy" + Path.GetExtension(query));
        File.Copy(query, copy);
        string[] lines = Run("similar", Path.GetRelativePath(".", query), pictures, "--weights", Weights, "--top", "2").OutLines;
        Assert.That(lines, Has.Length.EqualTo(2));
        Assert.That(lines[0], Is.EqualTo($" 1.0000  {copy}"));
        Assert.That(Run("similar", query, query, "--weights", Weights).Error, Does.Contain("there is no other image"));
    }

    [Test]
    public void AnIndexGivesTheSameAnswer()
    {
        string pictures = Pictures, query = ImageFolder.FindFiles(pictures)[2];
        Assert.That(Run("embed", pictures, "--weights", Weights, "--output", Folder["v.npy"]).ExitCode, Is.Zero);
        string direct = Run("similar", query, pictures, "--weights", Weights).Out;
        Assert.That(Run("similar", query, "--index", Folder["v.npy"], "--weights", Weights).Out, Is.EqualTo(direct).And.Not.Contain(query));
        AssertFails(Run("similar", query, "--index", Folder["v.npy"]), 1,
            $"v.npy' were computed by '{Weights}', and this is the built-in ImageNet network; give the same --weights, or write them again with resnet embed");
        AssertFails(Run("similar", query, "--index", Folder["v.npy"], "--weights", Weights, "--size", "16"), 1, "expected the same preprocessing, vector width and precision");
    }

    [Test]
    public void AnIndexThatDoesNotFitIsRefused()
    {
        string pictures = Pictures, query = ImageFolder.FindFiles(pictures)[2], index = Folder["v.npy"];
        Assert.That(Run("embed", pictures, "--weights", Weights, "--output", index).ExitCode, Is.Zero);
        Npy.Write(index, Tensor.Full([2, 64], 1));
        AssertFails(Run("similar", query, "--index", index, "--weights", Weights), 1, "another number of vectors than its manifest has files, 9");
        File.Delete(Folder["v.manifest.json"]);
        Assert.That(Run("similar", query, "--index", index, "--weights", Weights).OutLines, Has.Length.EqualTo(2), "an array of another program has no names");
        Npy.Write(index, Tensor.Full([2, 63], 1));
        AssertFails(Run("similar", query, "--index", index, "--weights", Weights), 1, "has vectors of 63 numbers", "have 64");
        Npy.Write(index, Tensor.Full([5], 1));
        AssertFails(Run("similar", query, "--index", index, "--weights", Weights), 1, "expected [N, D]");
        AssertFails(Run("similar", query, "--index", Folder.Path, "--weights", Weights), 1, "has no plan.json");
    }

    [Test]
    public void CopiesAreFound()
    {
        string pictures = Pictures, original = ImageFolder.FindFiles(pictures)[0];
        string copy = Path.Combine(pictures, "zz" + Path.GetExtension(original));
        File.Copy(original, copy);
        JsonElement[] pairs = Run("similar", pictures, "--duplicates", "0.99999", "--weights", Weights, "--json").Json();
        Assert.That(pairs.Select(pair => (pair.GetProperty("first").GetString(), pair.GetProperty("second").GetString())), Does.Contain((original, copy)));
        Assert.That(Run("similar", original, "--duplicates", "0.9", "--weights", Weights).Out, Does.Contain("no two images are that similar"));
    }

    [Test]
    public void BadCallsAreOneLine()
    {
        AssertFails(Run("similar", "a.jpg"), 2, "nothing to search");
        AssertFails(Run("similar", "a.jpg", "b.jpg", "--index", "v.npy"), 2, "--index");
        AssertFails(Run("similar", "a.jpg", "--index", Folder["none.npy"]), 1, "there is no file");
        AssertFails(Run("similar", Folder["none.jpg"], Pictures, "--weights", Weights), 1, "none.jpg");
        AssertFails(Run("similar", Pictures, "--duplicates", "2"), 2, "--duplicates '2'", "at most 1");
    }
}
