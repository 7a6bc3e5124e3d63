using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Cli;
using ResNetManaged.Cli.Output;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Cli;

/// <summary>Runs command lines in this process, with a temporary folder and a tiny network.</summary>
public abstract class CliTest
{
    private TemporaryFolder _folder = null!;

    private protected TemporaryFolder Folder => _folder;

    private protected string Weights { get; private set; } = "";

    [SetUp]
    public void MakeFolder()
    {
        _folder = new TemporaryFolder();
        Weights = TinyData.SaveNetwork(_folder);
    }

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    private protected static CliResult Run(params string[] args) => RunWithInput([], args);

    private protected static CliResult RunWithInput(byte[] input, params string[] args) => Run(new MemoryStream(input), default, args);

    private protected static CliResult Run(Stream input, CancellationToken cancellation, params string[] args)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int exitCode = ResNetCommandLine.Run(args, new Terminal(output, error, () => input), cancellation);
        return new CliResult(exitCode, output.ToString(), error.ToString());
    }

    private protected static void AssertFails(CliResult result, int exitCode, params string[] mentioned)
    {
        Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.Error);
        Assert.That(result.ErrorLines, Has.Length.EqualTo(1), result.Error);
        Assert.That(result.ErrorLines[0], Does.StartWith("error: "));
        foreach (string text in mentioned) Assert.That(result.ErrorLines[0], Does.Contain(text));
    }
}

/// <summary>The result of a command line.</summary>
internal sealed record CliResult(int ExitCode, string Out, string Error)
{
    public string[] OutLines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The lines of the output as JSON objects; asserts that the command succeeded and wrote nothing to the error stream.</summary>
    public JsonElement[] Json()
    {
        Assert.That(Error, Is.Empty);
        Assert.That(ExitCode, Is.Zero);
        return Array.ConvertAll(OutLines, line => JsonElement.Parse(line));
    }

    public static string[] FieldsOf(JsonElement element) => [.. element.EnumerateObject().Select(property => property.Name)];
}
