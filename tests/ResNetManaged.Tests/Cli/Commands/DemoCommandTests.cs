using NUnit.Framework;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

public sealed class DemoCommandTests : CliTest
{
    [Test]
    public void PrintsTheArticlesTableAndClassifiesItsPictures()
    {
        CliResult result = Run("demo");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Out, Does.StartWith(GoldenFiles.ReadText("article/summary-textbook_resnet34.txt").TrimEnd()));
        foreach (string name in (string[])["airplane", "automobile", "frog", "ship", "truck"])
            Assert.That(result.Out, Does.Match($@"\n{name}\.jpg, 480 x 360, [0-9.]+ ms\n +[0-9.]+ %  {name}\n"));
    }

    [Test]
    public void FindsTheMostSimilarOfItsPictures()
    {
        string output = Run("demo").Out;
        Assert.That(output, Does.Match(@"\n  automobile\.jpg: truck\.jpg \(0\.[0-9]{2}\)\n"));
        foreach (string name in (string[])["airplane", "automobile", "frog", "ship", "truck"])
            Assert.That(output, Does.Match($@"\n  {name}\.jpg: (?!{name})[a-z]+\.jpg \([0-9.]+\)\n"));
    }

    [Test]
    public void GivenImagesReplaceTheBuiltInOnes()
    {
        string picture = Folder.Write("mine.bmp", TinyData.Bmp(50, 40));
        Assert.That(Run("demo", picture).Out, Does.Contain($"{picture}, 50 x 40, ").And.Not.Contain("ship.jpg, ").And.Match(@"mine\.bmp: [a-z]+\.jpg \("));
        AssertFails(Run("demo", Folder["missing.jpg"]), 1, Folder["missing.jpg"], "there is no such file");
    }
}
