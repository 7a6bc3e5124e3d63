using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli.Commands;

/// <summary>The commands that need no weights: models, summary, show.</summary>
public sealed class DescribingCommandsTests : CliTest
{
    [TestCase("textbook_resnet34", "10,3,224,224", "1")]
    [TestCase("textbook_resnet34.layer2_x", "10,64,56,56", "1")]
    [TestCase("textbook_resnet101.layer2_x", "10,64,56,56", "3")]
    [TestCase("textbook_resnet101.layer4_x", "10,512,28,28", "1")]
    public void SummaryPrintsTheArticlesTables(string model, string input, string depth) =>
        Assert.That(Run("summary", model, "--input", input, "--depth", depth).Out.TrimEnd(),
            Is.EqualTo(GoldenFiles.ReadText($"article/summary-{model}.txt").TrimEnd()));

    [Test]
    public void ShowPrintsTheModuleAsInTheArticle() =>
        Assert.That(Run("show", "textbook_resnet34.layer4_x").Out.TrimEnd(),
            Is.EqualTo(GoldenFiles.ReadText("article/show-textbook_resnet34.layer4_x.txt").TrimEnd()));

    [Test]
    public void SummaryInfersTheInputOfASubmodule() =>
        Assert.That(Run("summary", "resnet18.layer2").Out, Is.EqualTo(Run("summary", "resnet18.layer2", "--input", "1,64,56,56").Out));

    [Test]
    public void SummaryTakesANumberOfClasses() =>
        Assert.That(Run("summary", "resnet18", "--num-classes", "7", "--depth", "1").Out, Does.Contain("[1, 7]").And.Contain("3,591"));

    [Test]
    public void SummaryRequiresTheInputShapeOfAnUnusedModule() =>
        AssertFails(Run("summary", "textbook_resnet34.layer2_x.0.skipconv"), 2, "--input");

    [Test]
    public void ModelsListsEveryVariantAsJson()
    {
        JsonElement[] lines = Run("models", "--json").Json();
        Assert.That(lines.Select(line => line.GetProperty("name").GetString()), Is.EqualTo(ResNetVariants.Names));
        JsonElement resnet50 = lines.Single(line => line.GetProperty("name").GetString() == "resnet50");
        Assert.That(CliResult.FieldsOf(resnet50), Is.EqualTo(new[] { "name", "parameters", "mult_adds", "input" }));
        Assert.That(resnet50.GetProperty("parameters").GetInt64(), Is.EqualTo(25_557_032));
        Assert.That(resnet50.GetProperty("mult_adds").GetInt64(), Is.EqualTo(4_089_238_376)); // torchinfo's, biases included
        Assert.That(resnet50.GetProperty("input").GetRawText(), Is.EqualTo("[1,3,224,224]"));
    }

    [Test]
    public void ModelsPrintsOneLinePerVariant() =>
        Assert.That(Run("models").OutLines.Skip(1).Select(line => line.Split(' ')[0]), Is.EqualTo(ResNetVariants.Names));
}
