namespace ResNetManaged.Docs.Pages;

/// <summary>A unit that is run: a program of one or more blocks, or a block of command lines.</summary>
/// <param name="Page">The page.</param>
/// <param name="Language"><c>csharp</c>, <c>sh</c> or <c>python</c>.</param>
/// <param name="Blocks">The blocks: several if C# blocks continue a program.</param>
internal sealed record Snippet(MarkdownPage Page, string Language, IReadOnlyList<Block> Blocks)
{
    public const string CSharp = "csharp";
    public const string Shell = "sh";
    public const string Python = "python";

    /// <summary>The lines that its output contains in this order; <c>...</c> stands for anything.</summary>
    public IReadOnlyList<string> Output { get; private init; } = [];

    /// <summary>Its page and first line.</summary>
    public string Place => $"{Page.Name}:{Blocks[0].Text.Line}";

    public override string ToString() => Place;

    /// <summary>The snippets of a page in order. A C# block that starts with <c>using</c> starts a program; others continue the previous one.</summary>
    public static IReadOnlyList<Snippet> Of(MarkdownPage page)
    {
        List<Snippet> snippets = [];
        foreach (Block block in page.Blocks)
        {
            int program = snippets.FindLastIndex(snippet => snippet.Language == CSharp);
            if (block.Language == CSharp && program >= 0 && !BeginsProgram(block))
                snippets[program] = snippets[program] with { Blocks = [.. snippets[program].Blocks, block] };
            else if (block.Language is CSharp or Shell or Python)
                snippets.Add(new Snippet(page, block.Language, [block]));
            else if (block.IsOutput && snippets.Count > 0)
                snippets[^1] = snippets[^1] with { Output = [.. snippets[^1].Output, .. block.Text.Lines] };
        }
        return snippets;
    }

    private static bool BeginsProgram(Block block) =>
        block.Text.Lines.FirstOrDefault(line => line.Length > 0)?.StartsWith("using ", StringComparison.Ordinal) == true;
}
