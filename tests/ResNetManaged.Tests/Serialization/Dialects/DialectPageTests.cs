using NUnit.Framework;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serialization.Dialects;

/// <summary>The page's tables are those of the code. To write them again: <c>WRITE_DIALECTS=1 dotnet test --filter DialectPageTests</c>.</summary>
public sealed class DialectPageTests
{
    private const string Start = "<!-- dialects: DialectPage.cs writes this part -->\n";

    [Test]
    public void TheTablesEqualTheRules()
    {
        string path = Path.Combine(Repository.Root, "docs", "bring-your-network.md"), page = File.ReadAllText(path);
        int start = page.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        Assert.That(start, Is.GreaterThan(Start.Length), "the page has lost its mark");
        string expected = page[..start] + DialectPage.Compose();
        if (Environment.GetEnvironmentVariable("WRITE_DIALECTS") is not null) File.WriteAllText(path, expected);
        Assert.That(File.ReadAllText(path), Is.EqualTo(expected));
    }
}
