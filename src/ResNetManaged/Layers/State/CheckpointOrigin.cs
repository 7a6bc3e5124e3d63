namespace ResNetManaged.Layers.State;

/// <summary>What a checkpoint was, and how its tensors became a network's.</summary>
internal sealed class CheckpointOrigin
{
    /// <summary>The file's path, or the stream's name.</summary>
    public string File { get; init; } = "";

    /// <summary>The keys under which the file holds the tensors, such as <c>state_dict</c> or <c>checkpoint/model</c>; null if it holds nothing else.</summary>
    public string? Container { get; init; }

    /// <summary>Whether those keys say that the tensors are a moving average of the weights.</summary>
    public bool IsAverage { get; init; }

    /// <summary>The dialect of the tensors' names, such as <c>torchvision</c>; docs/bring-your-network.md lists them.</summary>
    public string Dialect { get; init; } = "none";

    /// <summary>The prefix that was removed from the names, such as <c>module.</c>; empty if there was none.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The name in the file of the layer that computes the logits, such as <c>classifier.1</c>; null if the file has no such layer.</summary>
    public string? Head { get; init; }

    /// <summary>The tensors that do not belong to the network and were left out, grouped by the start of their names: <c>projection_head.* (8)</c>.</summary>
    public IReadOnlyList<string> Dropped { get; init; } = [];

    /// <summary>What the reader chose or could not use, in sentences without a final period; empty if there was nothing to choose.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The same with more sentences.</summary>
    public CheckpointOrigin With(IReadOnlyList<string> notes) => notes.Count == 0 ? this : new()
    {
        File = File,
        Container = Container,
        IsAverage = IsAverage,
        Dialect = Dialect,
        Prefix = Prefix,
        Head = Head,
        Dropped = Dropped,
        Notes = [.. Notes, .. notes],
    };
}
