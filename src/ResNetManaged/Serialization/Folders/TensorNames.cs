using System.Globalization;

namespace ResNetManaged.Serialization.Folders;

/// <summary>Transformers' names of a ResNet's tensors.</summary>
internal static class TensorNames
{
    private const string Stem = "resnet.embedder.embedder.", Stage = "resnet.encoder.stages.", Head = "classifier.1.";
    private const string Convolution = "convolution.", Norm = "normalization.";

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
}
