using NUnit.Framework;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Packages;

/// <summary>Packing compares each package with that of the previous release if one is given.</summary>
public sealed class BaselineTests
{
    private const string Id = "ResNetManaged.Cifar10", Other = "ResNetManaged.DependencyInjection", Previous = "0.0.1";

    [Test]
    public void AnUnchangedPackagePasses()
    {
        (int exitCode, string output) = PackAgainst(Id);
        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output, Does.Contain($"{Id}: compared with "));
    }

    [Test]
    public void APackageThatLostItsTypesFails()
    {
        (int exitCode, string output) = PackAgainst(Other);
        Assert.That(exitCode, Is.Not.Zero, output);
        Assert.That(output, Does.Match("error CP[0-9]{4}"));
    }

    /// <summary>Packs a project with its own or another package in place of its previous release.</summary>
    private static (int ExitCode, string Output) PackAgainst(string id)
    {
        string folder = Directory.CreateDirectory(PackedFiles.Folder[$"baseline-{id}/"]).FullName;
        string packed = Directory.GetFiles(PackedFiles.Packages, $"{id}.*.nupkg").Single();
        File.Copy(packed, Path.Combine(folder, $"{Id}.{Previous}.nupkg"));
        (int exitCode, string output, string error) = DotNet.Finish(Repository.Root, "dotnet", PackedFiles.UsualCache, "pack", $"src/{Id}", "-c", "Release",
            "--no-build", "-o", Path.Combine(folder, "out"), $"-p:BaselinePackages={folder}", $"-p:BaselineVersion={Previous}");
        return (exitCode, output + error);
    }
}
