using NUnit.Framework;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Packages;

/// <summary>Packs the solution once for all tests, with a NuGet configuration that restores our packages only from there.</summary>
[SetUpFixture]
public sealed class PackedFiles
{
    private static TemporaryFolder? _folder;

    /// <summary>The folder for everything that the tests create.</summary>
    internal static TemporaryFolder Folder => _folder!;

    /// <summary>The folder of the packages.</summary>
    public static string Packages => Path.Combine(Folder.Path, "packages");

    /// <summary>An empty package cache, so that only the packed files can be restored.</summary>
    public static IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?>
    {
        ["NUGET_PACKAGES"] = Path.Combine(Folder.Path, "cache"),
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["MSBUILDDISABLENODEREUSE"] = "1",
    };

    /// <summary>The same with this machine's package cache.</summary>
    public static IReadOnlyDictionary<string, string?> UsualCache =>
        Environment.Where(variable => variable.Key != "NUGET_PACKAGES").ToDictionary(variable => variable.Key, variable => variable.Value);

    /// <summary>Packs.</summary>
    [OneTimeSetUp]
    public void Pack()
    {
        _folder = new TemporaryFolder();
        DotNet.Run(Repository.Root, "dotnet", UsualCache, "pack", "-c", "Release", "-o", Packages, "--nologo");
        File.WriteAllText(Path.Combine(Folder.Path, "nuget.config"), NuGetConfig());
    }

    /// <summary>Removes the folder.</summary>
    [OneTimeTearDown]
    public void Remove() => _folder?.Dispose();

    /// <summary>Restores our packages only from the packed files, and all others from this machine's sources.</summary>
    private static string NuGetConfig()
    {
        string[] ordinary =
        [
            .. DotNet.Run(Repository.Root, "dotnet", Environment, "nuget", "list", "source", "--format", "short")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Where(line => line.StartsWith("E ", StringComparison.Ordinal)).Select(line => line[2..]),
        ];
        Assert.That(ordinary, Is.Not.Empty, "this machine must have a package source");
        string sources = string.Concat(ordinary.Select((source, i) => $"    <add key=\"ordinary{i}\" value=\"{source}\" />\n"));
        string mapping = string.Concat(ordinary.Select((_, i) => $"    <packageSource key=\"ordinary{i}\"><package pattern=\"*\" /></packageSource>\n"));
        return $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="packed" value="{Packages}" />
            {sources}  </packageSources>
              <packageSourceMapping>
                <clear />
                <packageSource key="packed"><package pattern="ResNetManaged" /><package pattern="ResNetManaged.*" /></packageSource>
            {mapping}  </packageSourceMapping>
            </configuration>
            """;
    }
}
