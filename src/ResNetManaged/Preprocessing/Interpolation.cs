namespace ResNetManaged.Preprocessing;

/// <summary>How pixels between the original ones are computed when an image is resized. All equal PIL's filters of the same names, bit for bit.</summary>
/// <remarks>All but <see cref="Nearest"/> are widened by the scale when an image shrinks, which antialiases.</remarks>
public enum Interpolation
{
    /// <summary>A triangle that reaches one pixel to either side: torchvision's default.</summary>
    Bilinear,

    /// <summary>Keys' cubic with a = -0.5, which reaches two pixels: the default of timm and Hugging Face.</summary>
    Bicubic,

    /// <summary>A sinc function in a window, which reaches three pixels.</summary>
    Lanczos,

    /// <summary>The mean of the pixels that an output pixel covers.</summary>
    Box,

    /// <summary>A sinc function in Hamming's window, which reaches one pixel: sharper than bilinear.</summary>
    Hamming,

    /// <summary>The pixel at the output pixel's center, without antialiasing.</summary>
    Nearest,
}
