using NUnit.Framework;
using ResNetManaged.Onnx.Operators.Evaluation;
using ResNetManaged.Serialization;

namespace ResNetManaged.Parity.Onnx;

/// <summary>ONNX's own cases of single operators, from Debian's package libonnx-testdata.</summary>
public sealed class NodeCaseTests
{
    private const string Folder = "/usr/share/libonnx-testdata/data/node";

    private static string[] Names => Directory.Exists(Folder) ? [.. Directory.GetDirectories(Folder).Select(folder =>
        Path.GetFileName(folder)).Order()] : [];

    [OneTimeSetUp]
    public void RequireCases()
    {
        if (Directory.Exists(Folder)) return;
        const string Missing = $"There is no folder {Folder}; `apt-get install libonnx-testdata` makes it.";
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(Missing);
        Assert.Ignore(Missing);
    }

    /// <summary>A case that is listed with a reason must not pass, so that the lists stay true.</summary>
    [TestCaseSource(nameof(Names))]
    public void ACasePassesOrIsListed(string name)
    {
        NodeCase node = new(Path.Combine(Folder, name));
        string? reason = NodeCaseReasons.Of(name, node.Model), difference;
        try
        {
            difference = node.Difference();
        }
        catch (CheckpointException exception) when (reason is not null)
        {
            difference = exception.Message;
        }
        if (reason is null) Assert.That(difference, Is.Null);
        else Assert.That(difference, Is.Not.Null, $"listed with the reason '{reason}', but passes");
    }

    [Test]
    public void NoListedOperatorIsSupported() => Assert.That(NodeCaseReasons.UnsupportedOperators.Where(Evaluator.Knows), Is.Empty);

    [Test]
    public void ThePageStatesTheCounts()
    {
        string folder = TestContext.CurrentContext.TestDirectory;
        while (!File.Exists(Path.Combine(folder, "ResNetManaged.sln"))) folder = Directory.GetParent(folder)!.FullName;
        string page = File.ReadAllText(Path.Combine(folder, "docs", "onnx.md"));
        foreach (IGrouping<string, string> group in Names.GroupBy(name => NodeCaseReasons.Of(name, new NodeCase(Path.Combine(Folder,
            name)).Model) ?? "passed"))
            Assert.That(page, Does.Contain($"| {group.Key} | {group.Count()} |"));
    }
}
