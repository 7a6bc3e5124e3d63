using ResNetManaged.Models;
using ResNetManaged.Serialization.Dialects;

namespace ResNetManaged.Serialization;

/// <summary>How <see cref="ResNetCheckpoint"/> reads a file whose network, classes or names do not follow from it.</summary>
public sealed class CheckpointOptions
{
    /// <summary>One of <see cref="ResNetVariants.Names"/>, to override the inferred network; null, the default, to infer.</summary>
    public string? Variant { get; init; }

    /// <summary>The number of classes that the file must have; null, the default, to accept any.</summary>
    public int? NumClasses { get; init; }

    /// <summary>Rules for the tensors' names, applied before the library's own; null, the default, for none.</summary>
    public NameRules? Names { get; init; }

    /// <summary>Whether to read the moving average of the weights that the file must have, instead of the weights; false by default.</summary>
    internal bool Average { get; init; }

    /// <summary>The configuration of <see cref="Variant"/>; null to infer it.</summary>
    /// <exception cref="ArgumentException">The variant is unknown.</exception>
    internal ResNetConfig? Config => Variant is null ? null : ResNetVariants.Get(Variant);
}
