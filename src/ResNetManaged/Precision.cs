namespace ResNetManaged;

/// <summary>Which algorithms a computation may use, all of them in float32.</summary>
public enum Precision
{
    /// <summary>The fastest: Winograd's convolutions too, whose rounding errors are of the size of float32's own (docs/winograd.md).</summary>
    Fast,

    /// <summary>Only such as sum the very products of the definition.</summary>
    Exact,
}
