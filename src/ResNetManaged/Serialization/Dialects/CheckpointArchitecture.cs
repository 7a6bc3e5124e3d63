using System.Globalization;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Models.Inferring;
using ResNetManaged.Models.Parts;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>
/// What the names and shapes of a ResNet's tensors do not tell, in a safetensors file: one metadata entry for each setting that differs from what they
/// look like.
/// </summary>
internal static class CheckpointArchitecture
{
    private const string None = "none", OutputStride = "resnet_output_stride";

    private static readonly Setting[] Settings =
    [
        Of("resnet_anti_aliasing", config => config.AntiAliasing, (config, value) => config with { AntiAliasing = value }),
        Of("resnet_stem_pool", config => config.StemPool, (config, value) => config with { StemPool = value }),
        Of("resnet_global_pool", config => config.GlobalPool, (config, value) => config with { GlobalPool = value }),
        new(OutputStride, config => config.OutputStride.ToString(CultureInfo.InvariantCulture),
            (config, text) => int.TryParse(text, CultureInfo.InvariantCulture, out int stride) && stride is 8 or 16 or 32 ? config with { OutputStride = stride } : null,
            "8, 16 or 32"),
        new("resnet_stride_in_first_convolution", config => config.StrideInFirstConvolution ? "true" : "false",
            (config, text) => text is "true" or "false" ? config with { StrideInFirstConvolution = text == "true" } : null, "true or false"),
        new("resnet_standardization_eps", config => config.StandardizationEps?.ToString("R", CultureInfo.InvariantCulture) ?? None,
            (config, text) => text == None ? config with { StandardizationEps = null }
                : double.TryParse(text, CultureInfo.InvariantCulture, out double eps) && eps is > 0 and < 1 ? config with { StandardizationEps = eps } : null,
            $"{None} or a number between 0 and 1"),
    ];

    /// <summary>Adds the entries of a network.</summary>
    public static void AddTo(Dictionary<string, string> metadata, ResNet model)
    {
        ResNetConfig? inferred = ArchitectureInference.Infer(model.StateDict());
        foreach (Setting setting in Settings)
        {
            string value = setting.Write(model.Config);
            bool isUnusual = setting.Name == OutputStride && model.Config.Depths.Length > ResNetConfig.UsualWidths.Length; // so that no usual stride can be assumed
            if (inferred is null || isUnusual || setting.Write(inferred) != value) metadata[setting.Name] = value;
        }
        if (model.Config.Norm == NormKind.Group) metadata[GroupNormEvidence.MetadataName] = GroupNormEvidence.Group; // else taken for lost statistics
    }

    /// <summary>The architecture that tensors look like, with the settings of the file's entries.</summary>
    /// <exception cref="CheckpointException">An entry is not valid.</exception>
    public static ResNetConfig? Complete(ResNetConfig? inferred, StateDict state)
    {
        if (inferred is null) return null;
        foreach (Setting setting in Settings)
        {
            if (!state.Metadata.TryGetValue(setting.Name, out string? text)) continue;
            inferred = setting.Read(inferred, text)
                ?? throw new CheckpointException(state.Source, $"metadata '{setting.Name}'", $"is '{text}'", $"expected {setting.Expected}");
        }
        return inferred;
    }

    /// <summary>Whether a file says how far the network strides.</summary>
    public static bool SaysStride(StateDict state) => state.Metadata.ContainsKey(OutputStride);

    private static Setting Of<T>(string name, Func<ResNetConfig, T> get, Func<ResNetConfig, T, ResNetConfig> set) where T : struct, Enum =>
        new(name, config => CheckpointPreset.NameOf(get(config)),
            (config, text) => CheckpointPreset.Named<T>(text) is { } value ? set(config, value) : null,
            string.Join(" or ", Enum.GetValues<T>().Select(CheckpointPreset.NameOf)));

    /// <param name="Name">The entry's name.</param>
    /// <param name="Write">Its value in a configuration.</param>
    /// <param name="Read">The configuration with another value; null if there is none of that text.</param>
    /// <param name="Expected">The valid values, for messages.</param>
    private sealed record Setting(string Name, Func<ResNetConfig, string> Write, Func<ResNetConfig, string, ResNetConfig?> Read, string Expected);
}
