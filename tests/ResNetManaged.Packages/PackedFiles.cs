using NUnit.Framework;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Packages;

/// <summary>The solution, packed once for all tests of this assembly, and a NuGet configuration that knows nothing else of ours.</summary>
[SetUpFixture]
public sealed class PackedFiles
{
    private static TemporaryFolder? _folder;

    /// <summary>Where everything that the tests make lies.</summary>
    internal static TemporaryFolder Folder => _folder!;

    /// <summary>Where the packages lie.</summary>
    public static string Packages => Path.Combine(Folder.Path, "packages");

    /// <summary>A package cache that was empty, so that nothing but the packed files can be what is restored.</summary>
    public static IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?>
    {
        ["NUGET_PACKAGES"] = Path.Combine(Folder.Path, "cache"),
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["MSBUILDDISABLENODEREUSE"] = "1",
    };

    /// <summary>Packs.</summary>
    [OneTimeSetUp]
    public void Pack()
    {
        _folder = new TemporaryFolder();
        Dictionary<string, string?> usual = new(Environment);
        usual.Remove("NUGET_PACKAGES");
        DotNet.Run(Repository.Root, "dotnet", usual, "pack", "-c", "Release", "-o", Packages, "--nologo");
        File.WriteAllText(Path.Combine(Folder.Path, "nuget.config"), NuGetConfig());
    }

    /// <summary>Removes what was made.</summary>
    [OneTimeTearDown]
    public void Remove() => _folder?.Dispose();

    /// <summary>Ours come from the packed files and nowhere else; all others from where this machine has them.</summary>
    private static string NuGetConfig()
    {
        string[] ordinary =
        [
            .. DotNet.Run(Repository.Root, "dotnet", Environment, "nuget", "list", "source", "--format", "short")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Where(line => line.StartsWith("E ", StringComparison.Ordinal)).Select(line => line[2..]),
        ];
        Assert.That(ordinary, Is.Not.Empty, "this machine has a package source");
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
