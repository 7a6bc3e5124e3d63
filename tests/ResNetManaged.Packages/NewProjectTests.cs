using NUnit.Framework;

namespace ResNetManaged.Packages;

/// <summary>A new user's first minutes: an empty folder, the packages, an empty package cache, ten lines of C#.</summary>
public sealed class NewProjectTests
{
    private static string Version =>
        Path.GetFileNameWithoutExtension(Directory.GetFiles(PackedFiles.Packages, "ResNetManaged.Cli.*.nupkg").Single())["ResNetManaged.Cli.".Length..];

    [Test]
    public void TenLinesClassifyEmbedAndExplainWithoutAnyNativeLibrary()
    {
        string folder = Directory.CreateDirectory(PackedFiles.Folder["new/"]).FullName;
        Run(folder, "new", "console");
        string program = File.ReadAllText(Beside("NewProject/Program.cs"));
        Assert.That(program.TrimEnd().Split('\n'), Has.Length.AtMost(10));
        File.WriteAllText(Path.Combine(folder, "Program.cs"), program);
        File.Copy(Beside("ship.jpg"), Path.Combine(folder, "ship.jpg"));
        Run(folder, "add", "package", "ResNetManaged.Imaging", "--version", Version);
        Run(folder, "add", "package", "ResNetManaged.Cifar10", "--version", Version);
        Run(folder, "build", "-c", "Release", "-o", "out", "-p:TreatWarningsAsErrors=true", "-p:InvariantGlobalization=true");

        string apphost = Path.Combine(folder, "out", "new" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        string output = DotNet.Run(folder, apphost, PackedFiles.Environment, "ship.jpg", "why.png");
        Assert.That(output, Does.Match(@"^ship\.jpg: ship [0-9.]+.*, a vector of 128 numbers, the reason in why\.png"));
        Assert.That(File.ReadAllBytes(Path.Combine(folder, "why.png")).AsSpan(1, 3).SequenceEqual("PNG"u8), Is.True);
        Assert.That(NativeFiles.In(Path.Combine(folder, "out")), Is.EqualTo(new[] { apphost }));
    }

    [Test]
    public void TheToolInstallsAndClassifies()
    {
        string folder = Directory.CreateDirectory(PackedFiles.Folder["tool/"]).FullName;
        Run(folder, "tool", "install", "ResNetManaged.Cli", "--version", Version, "--tool-path", "tools");
        string tool = Path.Combine(folder, "tools", "resnet" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        string output = DotNet.Run(folder, tool, PackedFiles.Environment, "classify", Beside("ship.jpg"), "--top", "1", "--json");
        Assert.That(output, Does.Contain("\"label\":\"ship\""));
        File.Copy(Beside("ship.jpg"), Path.Combine(folder, "copy.jpg")); // the picture itself is left out
        output = DotNet.Run(folder, tool, PackedFiles.Environment, "similar", Beside("ship.jpg"), "copy.jpg");
        Assert.That(output, Does.StartWith(" 1.0000  "));
    }

    [Test]
    public void APublishedProgramHasTheNetworkOfImageNetNextToIt()
    {
        const string Network = "imagenet18.safetensors";
        string folder = Directory.CreateDirectory(PackedFiles.Folder["similar/"]).FullName;
        Run(folder, "new", "console");
        File.WriteAllText(Path.Combine(folder, "Program.cs"),
            "System.Console.WriteLine(ResNetManaged.ImageNet18.ImageNet18Network.CreateEmbedder().Dimensions);");
        Run(folder, "add", "package", "ResNetManaged.ImageNet18", "--version", Version);
        Run(folder, "publish", "-c", "Release", "-o", "out", "-p:TreatWarningsAsErrors=true", "-p:InvariantGlobalization=true");
        string apphost = Path.Combine(folder, "out", "similar" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        Assert.That(DotNet.Run(folder, apphost, PackedFiles.Environment).Trim(), Is.EqualTo("512"));
        File.Delete(Path.Combine(folder, "out", Network));
        (int exitCode, _, string error) = DotNet.Finish(folder, apphost, PackedFiles.Environment);
        Assert.That(exitCode, Is.Not.Zero);
        Assert.That(error, Does.Contain($"There is no file '{Path.Combine(folder, "out", Network)}'"));
    }

    private static string Run(string folder, params string[] arguments) => DotNet.Run(folder, "dotnet", PackedFiles.Environment, arguments);

    private static string Beside(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, name);
}
