using System.Text.RegularExpressions;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Docs.Running;

/// <summary>The steps of <c>.ci/run</c>, which runs the command lines that build, pack or publish: they are too slow to run twice.</summary>
internal sealed partial class ContinuousIntegration
{
    private const string NoBuild = " --no-build"; // .ci/run has built it already

    private readonly string _text;
    private readonly Dictionary<string, string> _steps = [];

    /// <summary>Reads the steps of a script.</summary>
    /// <param name="text">The script.</param>
    /// <param name="readFile">The content of a script of <c>.ci/</c>, or of a folder of tests: a step includes the scripts and tests that it runs.</param>
    public ContinuousIntegration(string text, Func<string, string> readFile)
    {
        _text = text.Replace(NoBuild, "", StringComparison.Ordinal);
        foreach (Match step in Step().Matches(text))
        {
            string body = step.Groups["body"].Value;
            _steps.Add(step.Groups["title"].Value, body + string.Concat(ScriptOrTests().Matches(body).Select(called => readFile(called.Value))));
        }
    }

    public static ContinuousIntegration OfRepository { get; } = new(Read(".ci/run"), Read);

    /// <summary>What is wrong with a command line that is not run here; null if a step runs it.</summary>
    /// <param name="command">The command line, without a comment.</param>
    /// <param name="step">The step that the page names; null if it names none; the script must then contain the line.</param>
    public string? Fault(string command, string? step)
    {
        string[] paths = [.. RepositoryPath().Matches(command).Select(match => match.Value)];
        string? missing = Array.Find(paths, path => !Path.Exists(Path.Combine(Repository.Root, path)));
        if (missing is not null) return $"'{missing}' does not exist";
        if (step is null) return _text.Contains(command, StringComparison.Ordinal) ? null : "nothing runs it: neither this test nor .ci/run";
        if (!_steps.TryGetValue(step, out string? body)) return $".ci/run has no step '{step}'; it has {string.Join(", ", _steps.Keys)}";
        string? unknown = Array.Find(paths, path => !body.Contains(Path.GetFileName(path), StringComparison.Ordinal));
        return unknown is null ? null : $"the step '{step}' of .ci/run does not mention '{unknown}'";
    }

    private static string Read(string path)
    {
        string full = Path.Combine(Repository.Root, path);
        return Directory.Exists(full)
            ? string.Concat(Directory.GetFiles(full, "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText))
            : File.ReadAllText(full);
    }

    [GeneratedRegex("""^step "(?<title>[^"]+)"\n(?<body>.*?)(?=^step "|\z)""", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Step();

    [GeneratedRegex(@"\.ci/[\w-]+|tests/[\w.]+")]
    private static partial Regex ScriptOrTests();

    [GeneratedRegex(@"(?<![\w/.])(src|tests|benchmarks|samples)/[\w./-]+(?<!/)")]
    private static partial Regex RepositoryPath();
}
