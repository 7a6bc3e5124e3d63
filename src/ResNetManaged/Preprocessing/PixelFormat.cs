namespace ResNetManaged.Preprocessing;

/// <summary>The byte order of a raw pixel, 8 bits per channel.</summary>
public enum PixelFormat
{
    /// <summary>Red, green, blue, as in <see cref="RgbImage"/>.</summary>
    Rgb24,

    /// <summary>Blue, green, red: System.Drawing's Format24bppRgb, OpenCV's default.</summary>
    Bgr24,

    /// <summary>Red, green, blue, alpha; the alpha is dropped.</summary>
    Rgba32,

    /// <summary>Blue, green, red, alpha: WPF, SkiaSharp on little-endian machines; the alpha is dropped.</summary>
    Bgra32,

    /// <summary>One gray level, used for red, green and blue.</summary>
    Gray8,
}
