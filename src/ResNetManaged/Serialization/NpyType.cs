namespace ResNetManaged.Serialization;

/// <summary>An element type of <c>.npy</c> files.</summary>
#pragma warning disable CA1720 // The members are types; the names are NumPy's.
internal enum NpyType
{
    /// <summary>float32, NumPy's <c>f4</c>: exactly what a tensor holds.</summary>
    Float32,

    /// <summary>float64, NumPy's <c>f8</c>: exact when written, rounded to the nearest float32 when read.</summary>
    Float64,

    /// <summary>uint8, NumPy's <c>u1</c>: truncated toward zero and clamped to 0..255 when written.</summary>
    UInt8,

    /// <summary>int64, NumPy's <c>i8</c>: truncated toward zero when written; rounded to the nearest float32 beyond 2^24 when read.</summary>
    Int64,
}
#pragma warning restore CA1720
