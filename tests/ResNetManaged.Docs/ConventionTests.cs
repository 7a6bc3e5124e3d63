using NUnit.Framework;
using ResNetManaged.Docs.Pages;
using ResNetManaged.Docs.Running;

namespace ResNetManaged.Docs;

/// <summary>Wrong pages must fail.</summary>
[Platform(Exclude = "Win", Reason = "the command lines are those of sh")]
public sealed class ConventionTests
{
    [Test]
    public void AProgramThatDoesNotCompileFailsAtItsLine() =>
        AssertFails("```csharp\nusing System;\n\nint x = \"text\";\n```", "page.md:4: CS0029");

    [Test]
    public void AWarningFails() => AssertFails("```csharp\nusing System;\nint unused = 1;\n```", "page.md:3: CS0219");

    [Test]
    public void InternalTypesAreInaccessible() =>
        AssertFails("```csharp\nusing ResNetManaged.Graphs;\nConsole.WriteLine(typeof(Graph));\n```", "page.md:3: CS0122");

    [Test]
    public void AProgramThatThrowsFailsAtItsLine() =>
        AssertFails("```csharp\nusing System;\n```\n\n```csharp\nConsole.WriteLine(File.ReadAllText(\"missing.txt\"));\n```", "FileNotFoundException", "page.md:line 6");

    [Test]
    public void ACommandThatFailsIsReportedWithItsLine() =>
        AssertFails("```sh\ntrue\nresnet classify missing.jpg   # no such file\ntrue\n```", "page.md:3: exit code 1", "missing.jpg");

    [Test]
    public void ABuildThatNoStepRunsFails() =>
        AssertFails("```sh\ndotnet build -c Release src/ResNetManaged.Imaging\n```", "page.md:2", "nothing runs it");

    [Test]
    public void AStepThatDoesNotExistFails() => AssertFails("<!-- run by ci: No such step -->\n```sh\ndotnet build\n```", "page.md:3", "no step 'No such step'");

    [Test]
    public void APathThatDoesNotExistFails() => AssertFails("```sh\ndotnet test tests/Missing.Tests\n```", "page.md:2", "'tests/Missing.Tests' does not exist");

    [Test]
    public void UnexpectedOutputFails() =>
        AssertFails("```sh\necho one\necho two\n```\n\n<!-- output -->\n```text\ntwo\none\n```", "page.md:2", "prints no line 'one'");

    [Test]
    public void ABlockWithoutUsingsContinuesTheProgram()
    {
        MarkdownPage page = MarkdownPage.Of("page.md",
            "```csharp\nusing System;\nPoint p = new(1);\n```\n```csharp\nConsole.WriteLine(p);\nrecord Point(int X);\n```\n```csharp\nusing System;\n```");
        Assert.That(Snippet.Of(page).Select(snippet => snippet.Blocks.Count), Is.EqualTo([2, 1]));
        Assert.That(Outcomes(page)[0], Is.EqualTo(new Outcome(Output: "Point { X = 1 }\n")));
    }

    [Test]
    public void HiddenCodeComesBeforeItsBlock() => Assert.That(
        Outcomes(MarkdownPage.Of("page.md", "<!-- setup\nint hidden = 3;\n-->\n```csharp\nusing System;\nConsole.WriteLine(hidden);\n```"))[0].Output, Is.EqualTo("3\n"));

    private static void AssertFails(string page, params string[] mentioned)
    {
        string? failure = Outcomes(MarkdownPage.Of("page.md", page))[^1].Failure;
        Assert.That(failure, Is.Not.Null);
        foreach (string text in mentioned) Assert.That(failure, Does.Contain(text));
    }

    private static Outcome[] Outcomes(MarkdownPage page)
    {
        using PageRun run = new(page);
        return [.. Snippet.Of(page).Select(run.OutcomeOf)];
    }
}
