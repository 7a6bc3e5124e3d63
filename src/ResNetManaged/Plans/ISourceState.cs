namespace ResNetManaged.Plans;

/// <summary>What a compiled model was made from, as far as it must not change before all shapes are compiled.</summary>
internal interface ISourceState
{
    /// <summary>Whether parameters or modes are no longer what they were.</summary>
    bool HasChanged { get; }
}
