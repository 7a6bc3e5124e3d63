using System.Text.RegularExpressions;
using NUnit.Framework;
using ResNetManaged.Docs.Pages;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Docs;

/// <summary>Links lead somewhere, the index lists every page, and every block of code is run.</summary>
public sealed partial class PageTests
{
    /// <summary>The languages a block may have: those that are run, and those that users do not type.</summary>
    private static readonly string[] Languages = [Snippet.CSharp, Snippet.Shell, Snippet.Python, "text", "json", "yaml", "xml", "dockerfile"];

    public static IEnumerable<TestCaseData> Pages => MarkdownPage.All.Select(page => new TestCaseData(page).SetArgDisplayNames(page.Name));

    [TestCaseSource(nameof(Pages))]
    public void EveryBlockNamesAKnownLanguage(object page)
    {
        foreach (Block block in ((MarkdownPage)page).Blocks)
            Assert.That(Languages, Does.Contain(block.Language), $"{page}:{block.Text.Line}: the block's language must be one of these");
    }

    [TestCaseSource(nameof(Pages))]
    public void AProgramStartsWithItsUsings(object page)
    {
        foreach (Snippet snippet in Snippet.Of((MarkdownPage)page).Where(snippet => snippet.Language == Snippet.CSharp))
            Assert.That(snippet.Blocks[0].Text.Lines[0], Does.StartWith("using "), $"{snippet.Place}: readers need to know what to import");
    }

    [TestCaseSource(nameof(Pages))]
    public void LinksLeadSomewhere(object page)
    {
        MarkdownPage known = (MarkdownPage)page;
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, known.Name))!;
        for (int i = 0; i < known.Lines.Count; i++)
        {
            foreach (Match link in Link().Matches(known.Lines[i]))
            {
                string file = Path.Combine(folder, link.Groups["path"].Value), place = $"{known.Name}:{i + 1}: {link.Value}";
                if (link.Groups["path"].Length == 0) file = Path.Combine(Repository.Root, known.Name);
                Assert.That(Path.Exists(file), Is.True, place);
                if (link.Groups["anchor"] is { Success: true } anchor)
                    Assert.That(File.ReadLines(file).Where(line => line.StartsWith('#')).Select(AnchorOf), Does.Contain(anchor.Value), place);
            }
        }
    }

    [Test]
    public void TheIndexListsEveryPage()
    {
        string index = File.ReadAllText(Path.Combine(Repository.Root, "docs", "README.md"));
        foreach (MarkdownPage page in MarkdownPage.All.Where(page => page.Name.StartsWith("docs/", StringComparison.Ordinal) && page.Name != "docs/README.md"))
            Assert.That(index, Does.Contain($"]({Path.GetFileName(page.Name)})"));
    }

    /// <summary>The anchor that GitHub makes for a heading.</summary>
    private static string AnchorOf(string heading) => NotInAnchor().Replace(heading.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\((?!\w+:)(?<path>[^)#\s]*)(#(?<anchor>[^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}
