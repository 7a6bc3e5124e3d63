using System.Text.RegularExpressions;
using ResNetManaged.Docs.Pages;
using ResNetManaged.Docs.Support;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Docs.Running;

/// <summary>Runs a page's snippets in order, in a folder that starts with the files the pages mention.</summary>
internal sealed class PageRun : IDisposable
{
    private readonly TemporaryFolder _scratch = new(), _programs = new();
    private readonly IReadOnlyList<Snippet> _snippets;
    private readonly List<Outcome> _outcomes = [];
    private readonly ShellRunner _shell;

    public PageRun(MarkdownPage page)
    {
        _snippets = Snippet.Of(page);
        _shell = new ShellRunner(_scratch.Path, _programs.Path);
        StandIns.CopyTo(_scratch.Path);
        ShellRunner.WriteCommand(_programs.Path);
    }

    /// <summary>The outcome of a snippet; runs it, and those before it, if they have not run yet.</summary>
    public Outcome OutcomeOf(Snippet snippet)
    {
        int index = _snippets.ToList().FindIndex(candidate => candidate.Place == snippet.Place);
        while (_outcomes.Count <= index) _outcomes.Add(Run(_snippets[_outcomes.Count]));
        return _outcomes[index];
    }

    public void Dispose()
    {
        _shell.Dispose();
        _scratch.Dispose();
        _programs.Dispose();
    }

    private Outcome Run(Snippet snippet)
    {
        Outcome outcome = snippet.Language switch
        {
            Snippet.CSharp => CSharpRunner.Run(snippet, _scratch.Path),
            Snippet.Python => PythonRunner.Run(snippet, _scratch.Path),
            _ => _shell.Run(snippet),
        };
        if (snippet == _snippets[^1] && outcome.Failure is null) outcome = outcome with { Failure = _shell.StopServers() };
        return outcome is { Failure: null, NotRun: null } && Difference(snippet.Output, outcome.Output) is { } difference
            ? outcome with { Failure = $"{snippet.Place}: {difference}" }
            : outcome;
    }

    /// <summary>The first line of the page's output that the real output lacks.</summary>
    private static string? Difference(IReadOnlyList<string> expected, string output)
    {
        string[] lines = output.Split('\n');
        int next = 0;
        foreach (string line in expected)
        {
            Regex pattern = new($"^{Regex.Escape(line).Replace(@"\.\.\.", ".*", StringComparison.Ordinal)}$");
            int found = Array.FindIndex(lines, next, candidate => pattern.IsMatch(candidate.TrimEnd()));
            if (found < 0) return $"prints no line '{line}' but\n{output}";
            next = found + 1;
        }
        return null;
    }
}
