using System.Globalization;
using System.Text.RegularExpressions;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Models.Inferring;
using ResNetManaged.Serialization.Dialects;
using ResNetManaged.Tensors.IO;

namespace ResNetManaged.Serialization.Folders;

/// <summary>Reads a folder of Hugging Face's or timm's: weights, and JSON files that say what they are and how images become inputs.</summary>
/// <remarks>
/// The weights are <c>model.safetensors</c> or <c>pytorch_model.bin</c>, or several files listed in an index. <c>config.json</c> is transformers' or timm's;
/// <c>preprocessor_config.json</c> is transformers'. Either may be missing. The architecture follows from the tensors, and the configuration must agree.
/// </remarks>
internal static partial class ModelFolder
{
    public const string Config = "config.json", Preprocessor = "preprocessor_config.json", Weights = "model.safetensors";

    private const int FilesListed = 5;

    private static readonly string[] WeightFiles = [Weights, "pytorch_model.bin"];

    /// <summary>
    /// Loads the network of a folder; or of a file that stands for its folder, which is its weights beside its JSON files, its index, or one of several files
    /// of weights.
    /// </summary>
    /// <param name="path">The folder or the file.</param>
    /// <param name="options">The variant, the number of classes and rules for names, where they do not follow from the files.</param>
    /// <returns>The network with its class names and its preprocessing; null if the path is a file on its own.</returns>
    /// <exception cref="CheckpointException">A file is damaged or missing, or they contradict each other.</exception>
    /// <exception cref="StateDictMismatchException">The tensors do not fit the network.</exception>
    public static ResNet? TryLoad(string path, CheckpointOptions options)
    {
        if (Directory.Exists(path)) return Load(path, FindWeights(path), options);
        string folder = Path.GetDirectoryName(path) ?? "", name = Path.GetFileName(path);
        if (name.EndsWith(ShardIndex.Extension, StringComparison.Ordinal) && File.Exists(path)) return Load(folder, name, options);
        if (Part().Match(name) is { Success: true } part && int.Parse(part.Groups["count"].Value, CultureInfo.InvariantCulture) is int count and > 1)
        {
            string index = part.Groups["name"].Value + part.Groups["extension"].Value + ShardIndex.Extension;
            return File.Exists(Path.Combine(folder, index)) ? Load(folder, index, options)
                : throw new CheckpointException(path, null, $"is one of {count} files of a network", $"expected their index '{index}' beside it, and all of them");
        }
        bool isDescribed = File.Exists(Path.Combine(folder, Config)) || File.Exists(Path.Combine(folder, Preprocessor));
        return isDescribed && WeightFiles.Contains(name) && File.Exists(path) ? Load(folder, name, options) : null;
    }

    /// <summary>Gives a network the class names and the preprocessing that a folder's files say, unless it has them.</summary>
    /// <param name="model">The network.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its <c>config.json</c>; null if there is none.</param>
    /// <returns>Whether a file says something.</returns>
    public static bool Describe(ImageNetwork model, string folder, JsonFile? config)
    {
        bool isTimm = config is not null && TimmConfig.Matches(config);
        JsonFile? preprocessor = JsonFile.Find(folder, Preprocessor);
        if (model.NumClasses > 0 && config is not null)
            model.ClassNames ??= isTimm ? TimmConfig.ClassNames(config, model.NumClasses) : HuggingFaceConfig.ClassNames(config, model.NumClasses);
        model.Preset ??= isTimm ? TimmConfig.Preset(config!, model.InChannels) : null;
        model.Preset ??= preprocessor is null ? null : PreprocessorConfig.Preset(preprocessor);
        return config is not null || preprocessor is not null;
    }

    private static ResNet Load(string folder, string weights, CheckpointOptions options)
    {
        ResNetConfig? variant = options.Config;
        StateDict state = LoadTensors(folder, weights, options.Average);
        if (options.Names is not null) state = options.Names.Apply(state);
        JsonFile? config = JsonFile.Find(folder, Config);
        if (config is not null && ArchitectureInference.Infer(DialectReader.Read(state, options.Average).State) is { } inferred)
            variant ??= TimmConfig.Matches(config) ? TimmConfig.Check(config, inferred) : HuggingFaceConfig.Check(config, inferred);
        ResNet model = ResNetCheckpoint.Build(state, variant, new CheckpointOptions { NumClasses = options.NumClasses, Average = options.Average });
        Describe(model, folder, config);
        return model;
    }

    private static StateDict LoadTensors(string folder, string weights, bool average)
    {
        string path = Path.Combine(folder, weights);
        if (!weights.EndsWith(ShardIndex.Extension, StringComparison.Ordinal)) return Checkpoint.LoadUnchanged(path, average);
        string extension = Path.GetExtension(weights[..^ShardIndex.Extension.Length]);
        return ShardIndex.Load(JsonFile.Find(folder, weights)!, folder, extension);
    }

    private static string FindWeights(string folder)
    {
        foreach (string name in WeightFiles)
        {
            foreach (string file in (ReadOnlySpan<string>)[name, name + ShardIndex.Extension])
            {
                if (File.Exists(Path.Combine(folder, file))) return file;
            }
        }
        if (Directory.EnumerateFiles(folder).Select(Path.GetFileName).FirstOrDefault(name => Part().IsMatch(name!)) is string part)
            throw new CheckpointException(folder, null, $"has '{part}', one of several files of a network", "expected their index beside them; download the rest");
        string[] others = [.. Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Where(IsNamedLikeWeights).Order(StringComparer.Ordinal)];
        if (others.Length > 0)
        {
            string listed = string.Join(", ", others.Take(FilesListed).Select(file => $"'{UntrustedText.Printable(file)}'")) + (others.Length > FilesListed ? ", ..." : "");
            throw new CheckpointException(folder, null, $"is a folder without {string.Join(" or ", WeightFiles)}, but with {listed}",
                $"expected one of those names; give the file itself, such as '{Path.Combine(folder, others[0])}'");
        }
        throw new CheckpointException(folder, null, "is a folder without weights", $"expected {string.Join(" or ", WeightFiles)}, or an index of several; "
            + "give the file itself if it has another name");
    }

    private static bool IsNamedLikeWeights(string file) =>
        Path.GetExtension(file).ToLowerInvariant() is ".pth" or ".pt" or ".th" or ".bin" or ".ckpt" or ".pkl" or ".safetensors" or ".onnx"
        || file.EndsWith(".pth.tar", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".pth.gz", StringComparison.OrdinalIgnoreCase);

    /// <summary>One of several files of weights, as transformers names them.</summary>
    [GeneratedRegex(@"^(?<name>.+)-\d{5}-of-(?<count>\d{5})(?<extension>\.safetensors|\.bin)$", RegexOptions.CultureInvariant)]
    private static partial Regex Part();
}
