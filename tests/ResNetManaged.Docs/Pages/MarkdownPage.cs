using ResNetManaged.Tests.Support;

namespace ResNetManaged.Docs.Pages;

/// <summary>A page of the documentation: its fenced blocks in order.</summary>
internal sealed class MarkdownPage
{
    private const string Fence = "```";
    private const string CommentStart = "<!--";
    private const string CommentEnd = "-->";

    private MarkdownPage(string name, string[] lines)
    {
        Name = name;
        Lines = lines;
        Blocks = Parse(lines);
    }

    /// <summary>README.md, all of docs/, and the packages' READMEs.</summary>
    public static IReadOnlyList<MarkdownPage> All { get; } =
    [
        Load("README.md"),
        .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Order(StringComparer.Ordinal).Select(file => Load($"docs/{Path.GetFileName(file)}")),
        .. Directory.GetFiles(Path.Combine(Repository.Root, "src"), "README.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => Load(Path.GetRelativePath(Repository.Root, file))),
    ];

    /// <summary>The path relative to the repository's root.</summary>
    public string Name { get; }

    /// <summary>All lines.</summary>
    public IReadOnlyList<string> Lines { get; }

    public IReadOnlyList<Block> Blocks { get; }

    public override string ToString() => Name;

    /// <summary>Reads text as a page.</summary>
    public static MarkdownPage Of(string name, string text) => new(name, text.Split('\n'));

    private static MarkdownPage Load(string name) => Of(name, File.ReadAllText(Path.Combine(Repository.Root, name)));

    private static List<Block> Parse(string[] lines)
    {
        List<Block> blocks = [];
        List<NumberedText> notes = [];
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.StartsWith(Fence, StringComparison.Ordinal))
            {
                int end = IndexOf(lines, i + 1, candidate => candidate.Trim() == Fence);
                int indent = lines[i].IndexOf(Fence, StringComparison.Ordinal);
                string[] text = Array.ConvertAll(lines[(i + 1)..end], content => content.Length > indent ? content[indent..] : "");
                blocks.Add(new Block(line[Fence.Length..], new NumberedText(i + 2, text), [.. notes]));
                notes.Clear();
                i = end;
            }
            else if (line.StartsWith(CommentStart, StringComparison.Ordinal))
            {
                int end = IndexOf(lines, i, candidate => candidate.Contains(CommentEnd, StringComparison.Ordinal));
                string comment = string.Join('\n', lines[i..(end + 1)]).Trim();
                comment = comment[CommentStart.Length..comment.IndexOf(CommentEnd, StringComparison.Ordinal)];
                notes.Add(new NumberedText(i + 1, comment.TrimEnd().Split('\n')));
                i = end;
            }
        }
        return blocks;
    }

    private static int IndexOf(string[] lines, int start, Predicate<string> matches)
    {
        int index = Array.FindIndex(lines, start, matches);
        return index >= 0 ? index : throw new FormatException($"The block that starts at line {start} has no end.");
    }
}
