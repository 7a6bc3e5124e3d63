namespace ResNetManaged.Docs.Pages;

/// <summary>Lines of a page, with the number of the first.</summary>
internal sealed record NumberedText(int Line, IReadOnlyList<string> Lines);

/// <summary>A fenced block of a page.</summary>
/// <param name="Language">The text after the opening fence.</param>
/// <param name="Text">The text between the fences.</param>
/// <param name="Notes">The HTML comments since the previous block, trimmed.</param>
internal sealed record Block(string Language, NumberedText Text, IReadOnlyList<NumberedText> Notes)
{
    private const string SetUp = "setup";
    private const string RunByCi = "run by ci:";

    /// <summary>Code that the program needs and the reader does not: <c>&lt;!-- setup</c> on its own line, then the code.</summary>
    public NumberedText? HiddenSetUp => Notes.Where(note => note.Lines[0].Trim() == SetUp)
        .Select(note => new NumberedText(note.Line + 1, [.. note.Lines.Skip(1)])).LastOrDefault();

    /// <summary>The step of <c>.ci/run</c> that runs the block: <c>&lt;!-- run by ci: The step's title --&gt;</c>; null if it is run here.</summary>
    public string? CiStep => Notes.Select(note => note.Lines[0].Trim()).Where(note => note.StartsWith(RunByCi, StringComparison.Ordinal))
        .Select(note => note[RunByCi.Length..].Trim()).LastOrDefault();

    /// <summary>Whether the program runs until it is stopped: <c>&lt;!-- runs until stopped --&gt;</c>.</summary>
    public bool RunsUntilStopped => Has("runs until stopped");

    /// <summary>Whether the block is the output of the previous snippet, with <c>...</c> for parts that vary: <c>&lt;!-- output --&gt;</c>.</summary>
    public bool IsOutput => Has("output");

    private bool Has(string note) => Notes.Any(candidate => candidate.Lines is [string only] && only.Trim() == note);
}
