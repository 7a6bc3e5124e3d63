using ResNetManaged.Preprocessing.Augmentations;

namespace ResNetManaged.Preprocessing;

/// <summary>An image in memory: 8-bit red, green and blue, row-major [H, W, 3], without padding between rows.</summary>
/// <remarks>
/// The pixels are mutable, the size is not. Concurrent reads are safe. The package ResNetManaged.Imaging reads image files;
/// <see cref="FromPixels"/> takes the pixels of any other image library.
/// </remarks>
public sealed class RgbImage
{
    /// <summary>The default limit on an image file's width times height, the same as PIL's: twice its MAX_IMAGE_PIXELS.</summary>
    internal const long DefaultPixelCap = 178_956_970;

    internal const int Channels = 3;

    private readonly byte[] _pixels;

    /// <summary>Creates a black image.</summary>
    /// <param name="width">The number of pixels in a row, at least 1.</param>
    /// <param name="height">The number of rows, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, or the pixels exceed the largest array.</exception>
    public RgbImage(int width, int height) : this(width, height, isCleared: true) { }

    private RgbImage(int width, int height, bool isCleared)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if ((long)width * height > Array.MaxLength / Channels)
        {
            throw new ArgumentOutOfRangeException(nameof(width),
                $"RgbImage: {width} x {height} pixels exceed the largest array; expected at most {Array.MaxLength / Channels}.");
        }
        Width = width;
        Height = height;
        int length = width * height * Channels;
        _pixels = isCleared ? new byte[length] : GC.AllocateUninitializedArray<byte>(length);
    }

    /// <summary>Creates an image whose pixels the caller writes, all of them, before anybody sees it.</summary>
    internal static RgbImage Uninitialized(int width, int height) => new(width, height, isCleared: false);

    /// <summary>The number of pixels in a row.</summary>
    public int Width { get; }

    /// <summary>The number of rows.</summary>
    public int Height { get; }

    /// <summary>All pixels, top row first, as red, green and blue; a writable view of the image's memory.</summary>
    public Span<byte> Pixels => _pixels;

    /// <summary>One row of pixels; a writable view of the image's memory.</summary>
    /// <param name="y">The row, from 0 at the top to <see cref="Height"/> - 1.</param>
    /// <returns>3 * <see cref="Width"/> bytes.</returns>
    public Span<byte> Row(int y)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(y, Height);
        return _pixels.AsSpan(y * Width * Channels, Width * Channels);
    }

    /// <summary>Creates an image from a copy of raw pixels.</summary>
    /// <param name="pixels">The rows, top row first unless the stride is negative. The last row needs no padding.</param>
    /// <param name="width">The number of pixels in a row, at least 1.</param>
    /// <param name="height">The number of rows, at least 1.</param>
    /// <param name="format">The layout of a pixel.</param>
    /// <param name="stride">
    /// The bytes from the start of one row to the start of the next; 0, the default, if rows are contiguous; negative if the bottom row comes first
    /// in memory.
    /// </param>
    /// <returns>The image. Alpha is dropped without blending, as PIL's <c>convert("RGB")</c> drops it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, the format is unknown, or the stride is shorter than a row.</exception>
    /// <exception cref="ArgumentException">There are too few bytes for the rows.</exception>
    public static RgbImage FromPixels(ReadOnlySpan<byte> pixels, int width, int height, PixelFormat format, int stride = 0)
    {
        PixelView view = new(pixels, width, height, format, stride);
        RgbImage image = new(width, height);
        for (int y = 0; y < height; y++) view.CopyRow(y, image.Row(y));
        return image;
    }

    /// <summary>Returns a resized copy, equal to PIL's <c>Image.resize(size, resample)</c> bit for bit.</summary>
    /// <param name="width">The new width in pixels, at least 1.</param>
    /// <param name="height">The new height in pixels, at least 1.</param>
    /// <param name="interpolation">The filter; <see cref="Interpolation.Bilinear"/> by default.</param>
    /// <returns>A new image.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, the pixels exceed the largest array, or the interpolation is unknown.</exception>
    public RgbImage Resize(int width, int height, Interpolation interpolation = Interpolation.Bilinear) =>
        PilResize.Resize(this, width, height, interpolation);

    /// <summary>A copy of a window inside the image.</summary>
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
