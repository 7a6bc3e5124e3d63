using System.Text.RegularExpressions;
using NUnit.Framework;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests;

/// <summary>Dependencies between the library's folders point one way: see ARCHITECTURE.md.</summary>
public sealed partial class DependencyTests
{
    /// <summary>What each folder may use outside itself; an entry includes its sub-folders.</summary>
    private static readonly Dictionary<string, string[]> Below = new()
    {
        ["Tensors"] = [],
        ["Kernels"] = ["Tensors"],
        ["Graphs"] = ["Tensors", "Kernels.Convolution", "Kernels.Elementwise.Activations", "Kernels.Pooling", "Kernels.Reference"],
        ["Plans"] = ["Tensors", "Kernels", "Graphs"],
        ["Layers"] = ["Tensors", "Graphs", "Plans"],
        ["Models"] = ["Tensors", "Graphs", "Plans", "Layers", "Preprocessing"],
        ["Serialization"] = ["Tensors", "Kernels.Quantized", "Plans.Quantization", "Layers", "Models", "Preprocessing"],
        ["Onnx"] = ["Tensors", "Kernels.Pooling", "Graphs", "Layers", "Models", "Serialization", "Preprocessing"],
        ["Preprocessing"] = ["Tensors"],
        ["Datasets"] = ["Tensors", "Kernels.Threading", "Serialization", "Preprocessing"],
        ["Inference"] = ["Tensors", "Kernels.Reference", "Plans", "Layers", "Models", "Serialization", "Onnx", "Preprocessing", "Datasets"],
        ["Search"] = ["Tensors", "Kernels.Threading", "Serialization", "Inference"],
        ["Explaining"] = ["Tensors", "Kernels.Reference", "Plans", "Layers", "Models", "Serialization", "Preprocessing", "Inference"],
        ["Training"] =
        [
            "Tensors", "Kernels", "Graphs", "Plans", "Layers", "Models", "Serialization", "Preprocessing", "Datasets", "Inference",
        ],
        ["FineTuning"] =
        [
            "Tensors", "Kernels.Simd", "Plans", "Layers", "Models", "Serialization", "Preprocessing", "Datasets", "Inference", "Training",
        ],
    };

    /// <summary>
    /// The order within a folder that has sub-folders: each row may use itself and the rows before it. An empty name is the folder itself; a sub-folder
    /// without a row has its parent's.
    /// </summary>
    private static readonly Dictionary<string, string[][]> Within = new()
    {
        ["Tensors"] = [["IO"], ["Random", ""]],
        ["Kernels"] =
        [
            ["Simd"],
            ["Memory", "Threading"],
            [""],
            ["Convolution", "Layout", "Tiles"], // geometry, blocks, and lists of tiles that cover them
            ["Elementwise.Activations", "Loss", "Optimizers", "Reference.Gemm"],
            ["Pooling", "Reference"], // the geometry of pooling; the reference's loop over planes
            ["Quantized"],
            ["Elementwise"],
            ["Normalization"],
            ["Convolution.Direct", "Convolution.Grouped", "Linear"],
            ["Convolution.Winograd"],
            ["Convolution.Stem"],
        ],
        ["Graphs"] = [["", "Operations"]], // a value applies operations, which nodes hold
        ["Plans"] =
        [
            ["Diagnostics"],
            // The graph calls each operation's lowering, which creates steps, which programs run.
            ["", "Execution", "Lowering", "Quantization"],
        ],
        ["Layers"] = [["", "State"], ["Activations"]], // a module has a state dict, and the state observes modules
        ["Models"] = [["", "Blocks", "Parts", "Variants"], ["Inferring"]], // a configuration determines what is built, and parts read it
        ["Serialization"] = [["Classes", "Dialects", "Torch", "", "Folders", "Quantized"]], // loading a network accepts a folder, and a table names the containers in torch files
        ["Onnx"] =
        [
            ["Constants", "Model", "Protobuf"], // a tensor of a file becomes a constant, which has a type of the file's
            ["Operators.Evaluation", "Rewriting"],
            ["Loading"],
            ["Tracing", "Writing"], // an operator that is only copied is written as it was
            [""],
        ],
        ["Preprocessing"] = [["", "Augmentations"]], // augmentations are of images, and presets apply them
        ["Datasets"] = [["", "Batches"]], // batches are read from datasets, which create them
        ["Training"] = [["Losses"], ["", "Optimizers", "Runs", "Schedules"]], // optimizers follow schedules, and runs save both
    };

    private static readonly string Library = Path.Combine(Repository.Root, "src", "ResNetManaged");

    /// <summary>All folders below the library's, as namespaces below its own: <c>Kernels.Convolution.Direct</c>.</summary>
    private static readonly string[] Folders = [.. SourceTree.Files(Library).Select(FolderOf).Where(folder => folder.Length > 0).Distinct()];

    [TestCaseSource(nameof(Folders))]
    public void AFolderUsesOnlyFoldersBelowIt(string folder)
    {
        string top = folder.Split('.')[0];
        Assert.That(Below, Contains.Key(top), "a new folder needs an entry in the order");
        foreach (string file in SourceTree.Files(Library).Where(file => FolderOf(file) == folder))
        {
            foreach (string used in UsedFolders(file))
            {
                bool allowed = used.Split('.')[0] == top ? IsBelowWithin(top, folder, used) : Below[top].Any(entry => Encloses(entry, used));
                Assert.That(allowed, $"{Path.GetRelativePath(Library, file)} uses {used}");
            }
        }
    }

    [Test]
    public void TheOrderNamesOnlyFoldersThatExist()
    {
        string[] named = [.. Below.Keys, .. Below.Values.SelectMany(entries => entries),
            .. Within.SelectMany(order => order.Value.SelectMany(row => row).Select(name => Join(order.Key, name)))];
        Assert.That(named.Where(name => !Folders.Any(folder => Encloses(name, folder))), Is.Empty);
    }

    private static bool IsBelowWithin(string top, string folder, string used)
    {
        if (folder == used || folder.StartsWith(used + '.', StringComparison.Ordinal)) return true; // C# sees enclosing namespaces anyway
        Assert.That(Within, Contains.Key(top), $"the sub-folders of {top} need an order");
        int Row(string name)
        {
            for (string place = name; ; place = place[..place.LastIndexOf('.')])
            {
                int row = Array.FindIndex(Within[top], names => names.Any(part => Join(top, part) == place));
                if (row >= 0) return row;
                if (!place[(top.Length + 1)..].Contains('.')) throw new AssertionException($"{name} needs a place in the order within {top}");
            }
        }
        return Row(used) <= Row(folder);
    }

    /// <summary>The folders whose namespaces the code of a file imports; documentation comments do not count.</summary>
    private static IEnumerable<string> UsedFolders(string file) => UsedNamespace().Matches(File.ReadAllText(file))
        .Select(match => match.Groups[1].Value)
        .Select(name => Folders.Where(folder => Encloses(folder, name)).MaxBy(folder => folder.Length)
            ?? throw new AssertionException($"{file} uses {name}, which is no folder"))
        .Distinct();

    private static string FolderOf(string file) =>
        Path.GetRelativePath(Library, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.').TrimStart('.');

    /// <summary>Whether a folder is another or encloses it.</summary>
    private static bool Encloses(string folder, string other) => other == folder || other.StartsWith(folder + '.', StringComparison.Ordinal);

    private static string Join(string top, string part) => part.Length == 0 ? top : $"{top}.{part}";

    [GeneratedRegex(@"^using (?:static |\w+ = )?ResNetManaged\.([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsedNamespace();
}
