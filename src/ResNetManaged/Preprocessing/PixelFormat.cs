namespace ResNetManaged.Preprocessing;

/// <summary>How the bytes of one raw pixel are ordered, 8 bits a channel.</summary>
public enum PixelFormat
{
    /// <summary>Red, green, blue: what <see cref="RgbImage"/> holds.</summary>
    Rgb24,

    /// <summary>Blue, green, red: System.Drawing's Format24bppRgb, OpenCV's default.</summary>
    Bgr24,

    /// <summary>Red, green, blue, alpha; the alpha is dropped.</summary>
    Rgba32,

    /// <summary>Blue, green, red, alpha: WPF, SkiaSharp on little-endian machines; the alpha is dropped.</summary>
    Bgra32,

    /// <summary>One grey level, which becomes red, green and blue.</summary>
    Gray8,
}
