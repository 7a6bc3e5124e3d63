namespace ResNetManaged.Kernels.Quantized;

/// <summary>How bytes stand for numbers: a byte q, from 0 to <paramref name="Max"/>, stands for (q - ZeroPoint) * Scale.</summary>
/// <param name="Scale">The distance between neighboring numbers, above 0.</param>
/// <param name="ZeroPoint">The byte that stands for 0.</param>
/// <param name="Max">The largest byte: 127 for 7 bits, 255 for 8.</param>
internal readonly record struct QuantizedRange(float Scale, int ZeroPoint, int Max)
{
    /// <summary>The largest byte of 7 bits.</summary>
    public const int Max7Bits = 127;

    /// <summary>The largest byte of 8 bits.</summary>
    public const int Max8Bits = 255;

    /// <summary>The bits of a byte that are used.</summary>
    public int Bits => Max > Max7Bits ? 8 : 7;
}
