using System.Text.RegularExpressions;
using NUnit.Framework;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests;

/// <summary>Dependencies between the library's folders point one way: see ARCHITECTURE.md.</summary>
public sealed partial class DependencyTests
{
    private static readonly Dictionary<string, string[]> Below = new()
    {
        ["Tensors"] = [],
        ["Kernels"] = ["Tensors"],
        ["Graphs"] = ["Tensors", "Kernels"],
        ["Plans"] = ["Tensors", "Kernels", "Graphs"],
        ["Layers"] = ["Tensors", "Kernels", "Graphs", "Plans"],
        ["Models"] = ["Tensors", "Kernels", "Graphs", "Plans", "Layers"],
        ["Serialization"] = ["Tensors", "Layers", "Models"],
        ["Preprocessing"] = ["Tensors"],
        ["Datasets"] = ["Tensors", "Kernels", "Serialization", "Preprocessing"],
        ["Inference"] = ["Tensors", "Kernels", "Plans", "Layers", "Models", "Serialization", "Preprocessing", "Datasets"],
        ["Search"] = ["Tensors", "Kernels", "Serialization", "Inference"],
        ["Explaining"] = ["Tensors", "Kernels", "Plans", "Layers", "Models", "Serialization", "Preprocessing", "Inference"],
        ["Training"] = ["Tensors", "Kernels", "Graphs", "Plans", "Layers", "Models", "Serialization", "Preprocessing", "Datasets", "Inference"],
        ["FineTuning"] = ["Tensors", "Kernels", "Plans", "Layers", "Models", "Serialization", "Preprocessing", "Datasets", "Inference", "Training"],
    };

    private static readonly string Library = Path.Combine(Repository.Root, "src", "ResNetManaged");

    private static IEnumerable<string> Folders() => Directory.GetDirectories(Library).Select(folder => Path.GetFileName(folder));

    [TestCaseSource(nameof(Folders))]
    public void AFolderUsesOnlyFoldersBelowIt(string folder)
    {
        Assert.That(Below, Contains.Key(folder), "a new folder needs a place in the order");
        string[] files = Directory.GetFiles(Path.Combine(Library, folder), "*.cs", SearchOption.AllDirectories);
        Assert.That(files, Is.Not.Empty);
        foreach (string file in files)
        {
            string[] used = [.. UsedFolder().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value).Distinct()];
            Assert.That(used, Is.SubsetOf(Below[folder].Append(folder)), file);
        }
    }

    /// <summary>Code, not the references of documentation comments.</summary>
    [GeneratedRegex(@"^using (?:static |\w+ = )?ResNetManaged\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex UsedFolder();
}
