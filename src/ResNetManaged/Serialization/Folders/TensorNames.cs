using System.Globalization;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;

namespace ResNetManaged.Serialization.Folders;

/// <summary>Transformers' names of a ResNet's tensors and torchvision's, which are ours.</summary>
internal static class TensorNames
{
    private const string Stem = "resnet.embedder.embedder.", Stage = "resnet.encoder.stages.", Head = "classifier.1.";
    private const string Convolution = "convolution.", Norm = "normalization.";

    /// <summary>The same tensors under torchvision's names; names that are not transformers' stay as they are.</summary>
    public static StateDict ToOurs(StateDict state)
    {
        if (!state.Keys.Any(name => name.StartsWith(Stem, StringComparison.Ordinal))) return state;
        StateDict renamed = new() { Source = state.Source, Metadata = state.Metadata };
        foreach ((string name, Tensor tensor) in state)
        {
            string ours = ToOurs(name);
            if (renamed.ContainsKey(ours)) throw new CheckpointException(state.Source, name, $"is another '{ours}'", "expected one");
            renamed.Add(ours, tensor);
        }
        return renamed;
    }

    /// <summary>Transformers' name for a tensor of a network with torchvision's names.</summary>
    public static string ToTransformers(string name)
    {
        if (name.StartsWith("fc.", StringComparison.Ordinal)) return Head + name["fc.".Length..];
        if (!name.StartsWith("layer", StringComparison.Ordinal)) return Stem + Part(name);
        string[] parts = name.Split('.', 3); // layer1, 0, conv1.weight
        int stage = int.Parse(parts[0].AsSpan("layer".Length), CultureInfo.InvariantCulture) - 1;
        string rest = parts[2].StartsWith("downsample.", StringComparison.Ordinal)
            ? $"shortcut.{(parts[2]["downsample.".Length] == '0' ? Convolution : Norm)}{parts[2]["downsample.0.".Length..]}"
            : $"layer.{parts[2][parts[2].IndexOf('.') - 1] - '1'}.{Part(parts[2])}";
        return string.Create(CultureInfo.InvariantCulture, $"{Stage}{stage}.layers.{parts[1]}.{rest}");

        // conv1.weight is convolution.weight, bn1.bias is normalization.bias
        static string Part(string name) => (name.StartsWith("conv", StringComparison.Ordinal) ? Convolution : Norm) + name[(name.IndexOf('.') + 1)..];
    }

    private static string ToOurs(string name)
    {
        if (name.StartsWith(Head, StringComparison.Ordinal)) return "fc." + name[Head.Length..];
        if (name.StartsWith(Stem, StringComparison.Ordinal)) return Part(name[Stem.Length..], 1) ?? name;
        if (!name.StartsWith(Stage, StringComparison.Ordinal)) return name;
        string[] parts = name[Stage.Length..].Split('.', 4); // 0, layers, 0, layer.0.convolution.weight
        if (parts is not [_, "layers", _, _] || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int stage) || stage == int.MaxValue) return name;
        string? rest = parts[3].Split('.', 2) switch
        {
            ["shortcut", string shortcut] when shortcut.StartsWith(Convolution, StringComparison.Ordinal) => $"downsample.0.{shortcut[Convolution.Length..]}",
            ["shortcut", string shortcut] when shortcut.StartsWith(Norm, StringComparison.Ordinal) => $"downsample.1.{shortcut[Norm.Length..]}",
            ["layer", [>= '0' and < '9' and char digit, '.', .. string part]] => Part(part, digit - '0' + 1),
            _ => null,
        };
        return rest is null ? name : string.Create(CultureInfo.InvariantCulture, $"layer{stage + 1}.{parts[2]}.{rest}");
    }

    private static string? Part(string name, int number)
    {
        if (name.StartsWith(Convolution, StringComparison.Ordinal)) return string.Create(CultureInfo.InvariantCulture, $"conv{number}.{name[Convolution.Length..]}");
        return name.StartsWith(Norm, StringComparison.Ordinal) ? string.Create(CultureInfo.InvariantCulture, $"bn{number}.{name[Norm.Length..]}") : null;
    }
}
