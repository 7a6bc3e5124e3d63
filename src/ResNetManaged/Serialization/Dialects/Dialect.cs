using ResNetManaged.Preprocessing;

namespace ResNetManaged.Serialization.Dialects;

/// <summary>A way to name the tensors of a network's body.</summary>
/// <param name="Name">Its name in messages.</param>
/// <param name="Source">Who writes such files.</param>
/// <param name="Anchors">Names of the first convolution's weight, one of which every such file has; the text before it is the prefix.</param>
/// <param name="FirstBlock">The name of a convolution's weight in the first block, which tells a network from others with such a first convolution.</param>
/// <param name="Rules">How its names become torchvision's; the first rule that fits a name applies.</param>
internal sealed record Dialect(string Name, string Source, IReadOnlyList<string> Anchors, string FirstBlock, params IReadOnlyList<NameRule> Rules)
{
    /// <summary>Whether a bottleneck strides in its first convolution instead of the 3x3.</summary>
    public bool StridesInFirstConvolution { get; init; }

    /// <summary>Whether another dialect has the same first convolution, so that only the first block tells them apart.</summary>
    public bool SharesAnchor { get; init; }

    /// <summary>What its files do not say and was assumed, in a sentence; null if they say all.</summary>
    public string? Assumption { get; init; }

    /// <summary>Whether batch norms are stored as a scale and a shift only.</summary>
    public bool HasFoldedStatistics { get; init; }

    /// <summary>Whether the first convolution takes blue, green and red, so that its channels are turned around.</summary>
    public bool ReadsBgr { get; init; }

    /// <summary>How the networks' pictures are prepared; null for the usual way.</summary>
    public ImagePreset? Preset { get; init; }

    /// <summary>The same for networks whose convolutions have groups.</summary>
    public ImagePreset? GroupedPreset { get; init; }
}

/// <summary>A key under which training scripts store a state_dict.</summary>
/// <param name="Key">The key.</param>
/// <param name="Source">Who writes it.</param>
/// <param name="IsAverage">Whether it holds a moving average of the weights, so that a container of the weights themselves is preferred.</param>
internal sealed record ContainerRule(string Key, string Source, bool IsAverage = false);

/// <summary>The start of names that a wrapper or a field adds.</summary>
/// <param name="Text">The prefix, with its dot.</param>
/// <param name="Source">Who adds it.</param>
internal sealed record PrefixRule(string Text, string Source)
{
    /// <summary>Whether the network below it is a copy or an average of another one in the same file, which is preferred.</summary>
    public bool IsCopy { get; init; }

    /// <summary>Whether the last linear layer below it is a projection, not a classifier.</summary>
    public bool HasProjection { get; init; }
}

/// <summary>The first part of a head's name.</summary>
/// <param name="Name">The name, without a dot.</param>
/// <param name="Source">Who writes it.</param>
internal sealed record HeadRule(string Name, string Source);

/// <summary>Tensors that belong to training, not to the network.</summary>
/// <param name="Pattern">Their names, after the prefix.</param>
/// <param name="Source">What they are.</param>
/// <param name="OutsideOnly">Whether the rule applies only to names without the network's prefix.</param>
internal sealed record DropRule(NamePattern Pattern, string Source, bool OutsideOnly = false);
