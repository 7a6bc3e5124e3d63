using ResNetManaged.Preprocessing.Augmentations;

namespace ResNetManaged.Preprocessing;

/// <summary>An image in memory: 8-bit red, green, blue, row-major [H, W, 3], no padding between rows.</summary>
/// <remarks>
/// The pixels can be changed, the size cannot. Reading from many threads is safe. Files become images in the package
/// ResNetManaged.Imaging; the pixels of any other image library become images through <see cref="FromPixels"/>.
/// </remarks>
public sealed class RgbImage
{
    /// <summary>
    /// The default limit on width times height of an image file: 178,956,970 pixels, where PIL refuses too (twice its MAX_IMAGE_PIXELS).
    /// </summary>
    public const long DefaultPixelCap = 178_956_970;

    internal const int Channels = 3;

    private readonly byte[] _pixels;

    /// <summary>Creates a black image.</summary>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, or the bytes do not fit one array.</exception>
    public RgbImage(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if ((long)width * height > Array.MaxLength / Channels)
        {
            throw new ArgumentOutOfRangeException(nameof(width),
                $"An image of {width} x {height} has more pixels than one array can hold ({Array.MaxLength / Channels}).");
        }
        Width = width;
        Height = height;
        _pixels = new byte[width * height * Channels];
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>The number of rows.</summary>
    public int Height { get; }

    /// <summary>All pixels, top row first, red, green, blue; writable, the image's own memory.</summary>
    public Span<byte> Pixels => _pixels;

    /// <summary>One row of pixels, writable; the image's own memory.</summary>
    /// <param name="y">From 0, the top, up to <see cref="Height"/>.</param>
    /// <returns>3 * <see cref="Width"/> bytes.</returns>
    public Span<byte> Row(int y)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(y, Height);
        return _pixels.AsSpan(y * Width * Channels, Width * Channels);
    }

    /// <summary>Copies raw pixels of any of the usual formats.</summary>
    /// <param name="pixels">The rows, top row first unless the stride is negative; the last one may end with its last pixel.</param>
    /// <param name="width">Pixels in a row, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="format">The bytes of one pixel.</param>
    /// <param name="stride">
    /// Bytes from the start of one row to the start of the next; 0, the default, where rows follow each other directly; negative where the bottom
    /// row comes first in memory.
    /// </param>
    /// <returns>The image. Alpha is dropped without blending, as PIL's <c>convert("RGB")</c> drops it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, the format is unknown, or the stride is shorter than a row.</exception>
    /// <exception cref="ArgumentException">There are fewer bytes than the rows need.</exception>
    public static RgbImage FromPixels(ReadOnlySpan<byte> pixels, int width, int height, PixelFormat format, int stride = 0)
    {
        PixelView view = new(pixels, width, height, format, stride);
        RgbImage image = new(width, height);
        for (int y = 0; y < height; y++) view.CopyRow(y, image.Row(y));
        return image;
    }

    /// <summary>A copy of a window that lies inside the image.</summary>
    internal RgbImage Crop(PixelWindow window)
    {
        RgbImage result = new(window.Width, window.Height);
        for (int y = 0; y < window.Height; y++)
            Row(window.Top + y).Slice(window.Left * Channels, window.Width * Channels).CopyTo(result.Row(y));
        return result;
    }

    /// <summary>A copy.</summary>
    internal RgbImage Clone() => Crop(new PixelWindow(0, 0, Width, Height));

    /// <summary>The size: <c>500 x 375 RGB image</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Width} x {Height} RGB image");
}
