using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Models.Inferring;
using ResNetManaged.Serialization.Dialects;

namespace ResNetManaged.Serialization.Folders;

/// <summary>Reads a folder of Hugging Face's or timm's: weights, and JSON files that say what they are and how images become inputs.</summary>
/// <remarks>
/// The weights are <c>model.safetensors</c> or <c>pytorch_model.bin</c>, or several files listed in an index. <c>config.json</c> is transformers' or timm's;
/// <c>preprocessor_config.json</c> is transformers'. The architecture follows from the tensors, and the configuration must agree.
/// </remarks>
internal static class ModelFolder
{
    public const string Config = "config.json", Preprocessor = "preprocessor_config.json", Weights = "model.safetensors";

    private static readonly string[] WeightFiles = [Weights, "pytorch_model.bin"];

    /// <summary>Loads the network, with its class names and its preprocessing.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">The variant, the number of classes and rules for names, where they do not follow from the files.</param>
    /// <exception cref="CheckpointException">A file is damaged, or they contradict each other.</exception>
    /// <exception cref="StateDictMismatchException">The tensors do not fit the network.</exception>
    public static ResNet Load(string folder, CheckpointOptions options)
    {
        ResNetConfig? variant = options.Config;
        StateDict state = LoadTensors(folder, options.Average);
        if (options.Names is not null) state = options.Names.Apply(state);
        JsonFile? config = JsonFile.Find(folder, Config);
        bool isTimm = config?.Find(TimmConfig.Architecture) is not null;
        if (config is not null && ArchitectureInference.Infer(DialectReader.Read(state, options.Average).State) is { } inferred)
            variant ??= isTimm ? TimmConfig.ArchitectureOf(config) : HuggingFaceConfig.Check(config, inferred);
        ResNet model = ResNetCheckpoint.Build(state, variant, new CheckpointOptions { NumClasses = options.NumClasses, Average = options.Average });
        if (config is not null) Describe(model, folder, config);
        return model;
    }

    /// <summary>Gives a network the class names and the preprocessing that a folder's files say, unless it has them.</summary>
    /// <param name="model">The network.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its <c>config.json</c>.</param>
    public static void Describe(ImageNetwork model, string folder, JsonFile config)
    {
        bool isTimm = config.Find(TimmConfig.Architecture) is not null;
        model.ClassNames ??= isTimm ? TimmConfig.ClassNames(config, model.NumClasses) : HuggingFaceConfig.ClassNames(config, model.NumClasses);
        model.Preset ??= isTimm ? TimmConfig.Preset(config)
            : JsonFile.Find(folder, Preprocessor) is { } preprocessor ? PreprocessorConfig.Preset(preprocessor) : null;
    }

    private static StateDict LoadTensors(string folder, bool average)
    {
        foreach (string name in WeightFiles)
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path)) return Checkpoint.LoadUnchanged(path, average);
            if (JsonFile.Find(folder, name + ShardIndex.Extension) is { } index) return ShardIndex.Load(index, folder, Path.GetExtension(name));
        }
        throw new CheckpointException(folder, null, "is a folder without weights", $"expected {string.Join(" or ", WeightFiles)}, or an index of several");
    }
}
