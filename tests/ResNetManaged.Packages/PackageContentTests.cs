using System.IO.Compression;
using System.Xml.Linq;
using NUnit.Framework;

namespace ResNetManaged.Packages;

/// <summary>The content of the packages.</summary>
public sealed class PackageContentTests
{
    private const string Tool = "ResNetManaged.Cli";
    private const string Core = "ResNetManaged";

    /// <summary>The dependencies of each package; a new package must be added here.</summary>
    private static readonly Dictionary<string, string[]> Dependencies = new()
    {
        [Core] = ["System.Numerics.Tensors"],
        ["ResNetManaged.Imaging"] = [Core],
        ["ResNetManaged.Corpus"] = [Core, "ResNetManaged.Imaging"],
        ["ResNetManaged.Quantization"] = [Core],
        ["ResNetManaged.Cifar10"] = [Core],
        ["ResNetManaged.ImageNet18"] = [Core],
        ["ResNetManaged.Pretrained"] = [],
        ["ResNetManaged.Serving"] = [Core, "ResNetManaged.Imaging"],
        ["ResNetManaged.Extensions.AI"] = [Core, "ResNetManaged.Imaging", "Microsoft.Extensions.AI.Abstractions"],
        ["ResNetManaged.DependencyInjection"] =
        [
            Core, "Microsoft.Extensions.DependencyInjection.Abstractions", "Microsoft.Extensions.Diagnostics.HealthChecks.Abstractions",
            "Microsoft.Extensions.Hosting.Abstractions", "Microsoft.Extensions.Options",
        ],
        [Tool] = [],
    };

    private static readonly string[] Ids = [.. Dependencies.Keys];

    private static readonly string[] Libraries = [.. Ids.Where(id => id != Tool)];

    [Test]
    public void EveryPackedProjectIsListedHere()
    {
        string[] packed = [.. Directory.GetFiles(PackedFiles.Packages, "*.nupkg").Select(file => Nuspec(file).Value("id"))];
        Assert.That(packed, Is.EquivalentTo(Ids), "tests and benchmarks are not packed");
    }

    [TestCaseSource(nameof(Ids))]
    public void APackageHasItsReadmeLicenseIconAndNotices(string id)
    {
        using ZipArchive package = Open(id);
        XElement metadata = Nuspec(File(id));
        Assert.That(metadata.Element(metadata.Name.Namespace + "license")!.ToString(), Does.Contain("type=\"expression\"").And.Contain(">MIT<"));
        Assert.That(Text(package, metadata.Value("readme")), Does.StartWith("# "));
        byte[] icon = Content(package, metadata.Value("icon"));
        Assert.That(icon.AsSpan(1, 3).SequenceEqual("PNG"u8) && icon is [.., _] && (icon[19], icon[23]) == (128, 128), Is.True, "a PNG file of 128 x 128");
        Assert.That(Text(package, "THIRD-PARTY-NOTICES.txt"), Is.Not.Empty);
        Assert.That(metadata.Value("description"), Is.Not.Empty);
        Assert.That(metadata.Element(metadata.Name.Namespace + "repository")?.Attribute("commit")?.Value, Does.Match("^[0-9a-f]{40}$"));
    }

    [TestCaseSource(nameof(Libraries))]
    public void ALibraryHasDocumentationAndSymbols(string id)
    {
        using ZipArchive package = Open(id);
        Assert.That(Text(package, $"lib/net10.0/{id}.xml"), Does.Contain("<summary>"));
        using ZipArchive symbols = ZipFile.OpenRead(Path.ChangeExtension(File(id), ".snupkg"));
        Assert.That(symbols.GetEntry($"lib/net10.0/{id}.pdb"), Is.Not.Null);
    }

    [TestCaseSource(nameof(Ids))]
    public void PackagesContainNoNativeFiles(string id)
    {
        using ZipArchive package = Open(id);
        foreach (ZipArchiveEntry entry in package.Entries)
            Assert.That(NativeFiles.IsNative(entry.FullName, new MemoryStream(Content(package, entry.FullName))), Is.False, entry.FullName);
    }

    [TestCaseSource(nameof(Ids))]
    public void PackagesHaveExactlyTheListedDependencies(string id)
    {
        XElement metadata = Nuspec(File(id));
        (string Id, string Version)[] dependencies =
        [
            .. metadata.Descendants(metadata.Name.Namespace + "dependency").Select(element => (element.Attribute("id")!.Value, element.Attribute("version")!.Value)),
        ];
        Assert.That(dependencies.Select(dependency => dependency.Id), Is.EquivalentTo(Dependencies[id]));
        foreach ((string name, string version) in dependencies)
        {
            if (Ids.Contains(name)) Assert.That(version, Is.EqualTo(metadata.Value("version")), name);
        }
    }

    [TestCase("ResNetManaged.ImageNet18", "network/")]
    [TestCase(Tool, "tools/net10.0/any/")]
    public void ThePackageHasTheNetworkOfImageNetOnce(string id, string folder)
    {
        using ZipArchive package = Open(id);
        string[] networks = [.. package.Entries.Where(entry => entry.Name == "imagenet18.safetensors").Select(entry => entry.FullName)];
        Assert.That(networks, Is.EqualTo(new[] { folder + "imagenet18.safetensors" }));
        Assert.That(Content(package, networks[0]), Has.Length.InRange(31_000_000, 32_500_000));
    }

    [Test]
    public void TheNetworksPackageHasItsCardAndTheLicenseOfItsSource()
    {
        using ZipArchive package = Open("ResNetManaged.ImageNet18");
        Assert.That(Text(package, "MODEL-CARD.md"), Does.Contain("Microsoft.ML.DnnImageFeaturizer.ResNet18"));
        Assert.That(Text(package, "featurizer/LICENSE"), Does.Contain(".NET Foundation"));
        Assert.That(Text(package, "featurizer/THIRD-PARTY-NOTICES.TXT"), Is.Not.Empty);
        Assert.That(Text(package, "buildTransitive/ResNetManaged.ImageNet18.targets"), Does.Contain("imagenet18.safetensors"));
    }

    private static string File(string id) =>
        Directory.GetFiles(PackedFiles.Packages, "*.nupkg").Single(file => Nuspec(file).Value("id") == id);

    private static ZipArchive Open(string id) => ZipFile.OpenRead(File(id));

    private static XElement Nuspec(string file)
    {
        using ZipArchive package = ZipFile.OpenRead(file);
        using Stream stream = package.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        XElement root = XDocument.Load(stream).Root!;
        return root.Element(root.Name.Namespace + "metadata")!;
    }

    private static string Text(ZipArchive package, string name) => new StreamReader(new MemoryStream(Content(package, name))).ReadToEnd();

    private static byte[] Content(ZipArchive package, string name)
    {
        ZipArchiveEntry? entry = package.GetEntry(name);
        Assert.That(entry, Is.Not.Null, $"the package must contain {name}");
        using Stream stream = entry!.Open();
        using MemoryStream content = new();
        stream.CopyTo(content);
        return content.ToArray();
    }
}

file static class NuspecExtensions
{
    /// <summary>The text of one of the metadata's elements.</summary>
    public static string Value(this XElement metadata, string name) => metadata.Element(metadata.Name.Namespace + name)!.Value;
}
