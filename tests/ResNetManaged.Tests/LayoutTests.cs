using System.Text.RegularExpressions;
using NUnit.Framework;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests;

/// <summary>Each folder has one namespace and few files, and files are short.</summary>
public sealed partial class LayoutTests
{
    private const int MostLines = 400, MostFiles = 20;

    /// <summary>Files whose namespace differs from their folder's, and why.</summary>
    private static readonly Dictionary<string, string> Foreign = new()
    {
        ["ResNetServiceCollectionExtensions.cs"] = "extensions of IServiceCollection belong in its namespace",
        ["SkiaSharp.cs"] = "stands in for another library in the documents' programs",
        ["SystemDrawing.cs"] = "stands in for another library in the documents' programs",
    };

    private static IEnumerable<string> Projects => SourceTree.Projects("src", "tests", "benchmarks", "samples")
        .Select(project => Path.GetRelativePath(Repository.Root, project));

    [TestCaseSource(nameof(Projects))]
    public void NamespacesMatchFolders(string project)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, project))!;
        foreach (string file in SourceTree.Files(folder).Where(file => !Foreign.ContainsKey(Path.GetFileName(file))))
        {
            string relative = Path.GetRelativePath(folder, Path.GetDirectoryName(file)!);
            string expected = Path.GetFileNameWithoutExtension(project) + (relative == "." ? "" : "." + relative.Replace(Path.DirectorySeparatorChar, '.'));
            string[] actual = [.. Namespaces(file)];
            if (actual.Length == 0 && HasNoNamespace(file)) continue;
            Assert.That(actual, Is.EqualTo(new[] { expected }), file);
        }
    }

    [Test]
    public void NoNamespaceSpansTwoAssemblies()
    {
        (string Namespace, string Project)[] uses =
        [
            .. SourceTree.Projects("src").SelectMany(project => SourceTree.Files(Path.GetDirectoryName(project)!).SelectMany(Namespaces).Distinct()
                .Select(name => (name, Path.GetFileNameWithoutExtension(project)))),
        ];
        Assert.That(uses, Is.Not.Empty);
        Assert.That(uses.GroupBy(use => use.Namespace).Where(group => group.Count() > 1).Select(group => string.Join(", ", group)), Is.Empty);
    }

    [TestCaseSource(nameof(Projects))]
    public void FilesAreShortAndFoldersHaveFewFiles(string project)
    {
        string[] files = [.. SourceTree.Files(Path.GetDirectoryName(Path.Combine(Repository.Root, project))!)];
        Assert.That(files, Is.Not.Empty);
        Assert.That(files.Where(file => File.ReadLines(file).Count() > MostLines), Is.Empty, $"files of more than {MostLines} lines");
        Assert.That(files.GroupBy(file => Path.GetDirectoryName(file)).Where(folder => folder.Count() > MostFiles).Select(folder => folder.Key), Is.Empty,
            $"folders of more than {MostFiles} files");
    }

    /// <summary>Top-level statements and global aliases cannot be in a namespace.</summary>
    private static bool HasNoNamespace(string file) =>
        Path.GetFileName(file) == "Program.cs" || File.ReadAllText(file).Contains("global using", StringComparison.Ordinal);

    private static IEnumerable<string> Namespaces(string file) => Namespace().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value);

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
