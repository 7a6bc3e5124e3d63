namespace ResNetManaged.Kernels.Quantized.Dots;

/// <summary>How many products of bytes can be summed in 16 bits without overflow, on instruction sets that sum them there.</summary>
/// <remarks>All modes compute the same integers; the bits of a layer's activations and weights, which its file determines, allow the faster ones.</remarks>
internal enum DotMode
{
    /// <summary>8 bits and 8: bytes are widened before they are multiplied.</summary>
    Wide,

    /// <summary>8 bits and 7, in either order: two products fit, since 2 * 255 * 63 and 2 * 127 * 127 are below 2^15.</summary>
    Twos,

    /// <summary>7 bits and 7: four products fit, since 4 * 127 * 63 is below 2^15.</summary>
    Fours,
}

/// <summary>A mode as a type, so that a kernel is compiled for it.</summary>
internal interface IDotMode
{
    static abstract DotMode Value { get; }
}

internal readonly struct WideMode : IDotMode { public static DotMode Value => DotMode.Wide; }

internal readonly struct TwosMode : IDotMode { public static DotMode Value => DotMode.Twos; }

internal readonly struct FoursMode : IDotMode { public static DotMode Value => DotMode.Fours; }
