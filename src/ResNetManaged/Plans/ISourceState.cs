namespace ResNetManaged.Plans;

/// <summary>The source of a compiled model, which must not change before all shapes are compiled.</summary>
internal interface ISourceState
{
    /// <summary>Whether parameters or modes have changed since the model was compiled.</summary>
    bool HasChanged { get; }
}
