namespace ResNetManaged.Layers.State;

/// <summary>How the paths of a state dict differ from those of a module.</summary>
public sealed class StateDictDifference
{
    internal StateDictDifference(IReadOnlyList<string> missing, IReadOnlyList<string> unexpected)
    {
        Missing = missing;
        Unexpected = unexpected;
    }

    internal static StateDictDifference None { get; } = new([], []);

    /// <summary>Paths that the module has and the state dict lacks.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Paths that the state dict has and the module lacks.</summary>
    public IReadOnlyList<string> Unexpected { get; }

    /// <summary>True when both have the same paths.</summary>
    internal bool IsEmpty => Missing.Count == 0 && Unexpected.Count == 0;

    /// <summary>The paths on both sides, or "no difference".</summary>
    public override string ToString() =>
        IsEmpty ? "no difference" : $"missing: [{string.Join(", ", Missing)}]; not expected: [{string.Join(", ", Unexpected)}]";
}
