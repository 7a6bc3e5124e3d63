using NUnit.Framework;
using ResNetManaged.Docs.Pages;
using ResNetManaged.Docs.Running;

namespace ResNetManaged.Docs;

/// <summary>Every program and every command line of README.md and docs/ does what the page says; the conventions are in this folder's README.md.</summary>
[NonParallelizable]
[Platform(Exclude = "Win", Reason = "the command lines are those of sh")]
public sealed class SnippetTests
{
    private readonly Dictionary<MarkdownPage, PageRun> _runs = [];

    public static IEnumerable<TestCaseData> Snippets => MarkdownPage.All.SelectMany(Snippet.Of)
        .Select(snippet => new TestCaseData(snippet).SetArgDisplayNames($"{snippet.Place} {snippet.Language}"));

    [TestCaseSource(nameof(Snippets))]
    public void Runs(object snippet)
    {
        Snippet known = (Snippet)snippet;
        if (!_runs.TryGetValue(known.Page, out PageRun? run)) _runs.Add(known.Page, run = new PageRun(known.Page));
        Outcome outcome = run.OutcomeOf(known);
        TestContext.Out.WriteLine(outcome.Output);
        if (outcome.NotRun is not null) Assert.Ignore(outcome.NotRun);
        if (outcome.Failure is not null) Assert.Fail(outcome.Failure);
    }

    [OneTimeTearDown]
    public void RemoveFolders()
    {
        foreach (PageRun run in _runs.Values) run.Dispose();
    }
}
