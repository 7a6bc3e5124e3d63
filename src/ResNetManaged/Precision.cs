namespace ResNetManaged;

/// <summary>The algorithms that a computation may use, all in float32.</summary>
public enum Precision
{
    /// <summary>The fastest, including Winograd convolutions, whose rounding errors are comparable to float32's own (docs/winograd.md).</summary>
    Fast,

    /// <summary>Only algorithms that compute the defining sum directly.</summary>
    Exact,
}
