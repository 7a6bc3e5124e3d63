using System.Text.RegularExpressions;
using NUnit.Framework;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Docs;

/// <summary>The C# snippets of a page of docs, and the test file that has them as code.</summary>
internal static partial class Snippets
{
    /// <summary>
    /// Each snippet's lines must be in the file, one below the other, whatever their indentation; its functions may be private methods there.
    /// </summary>
    public static void AssertAreIn(string page, string testFile)
    {
        string source = Normalized(File.ReadAllText(Path.Combine(Repository.Root, "tests", "ResNetManaged.Tests", testFile)));
        MatchCollection snippets = CSharp().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", page)));
        Assert.That(snippets, Is.Not.Empty);
        foreach (Match snippet in snippets) Assert.That(source, Does.Contain(Normalized(snippet.Groups[1].Value)), page);
    }

    private static string Normalized(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim().Replace("private static ", "static ")));

    [GeneratedRegex("```csharp\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex CSharp();
}
