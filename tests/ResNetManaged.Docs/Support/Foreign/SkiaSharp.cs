using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;

#pragma warning disable IDE0130 // stands in for the library of this name
namespace SkiaSharp;
#pragma warning restore IDE0130

/// <summary>SkiaSharp's color types that pages use.</summary>
public enum SKColorType
{
    /// <summary>Any other type.</summary>
    Unknown,

    /// <summary>Red first.</summary>
    Rgba8888,

    /// <summary>Blue first.</summary>
    Bgra8888,

    /// <summary>Gray.</summary>
    Gray8,
}

/// <summary>Stands in for SkiaSharp's bitmap, with the same signatures: the package has native code, which these tests must not need.</summary>
public sealed class SKBitmap : IDisposable
{
    private const int Pixel = 4, Padding = 12;

    private readonly byte[] _pixels;

    private SKBitmap(RgbImage image)
    {
        (Width, Height, RowBytes) = (image.Width, image.Height, image.Width * Pixel + Padding);
        _pixels = new byte[RowBytes * Height];
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                Span<byte> to = _pixels.AsSpan(y * RowBytes + x * Pixel, Pixel);
                image.Row(y).Slice(x * 3, 3).CopyTo(to);
                to[..3].Reverse();
            }
        }
    }

    /// <summary>The layout of a pixel in memory.</summary>
    public SKColorType ColorType => SKColorType.Bgra8888;

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Bytes from row to row.</summary>
    public int RowBytes { get; }

    /// <summary>Decodes a file.</summary>
    public static SKBitmap Decode(string filename) => new(ImageFile.Load(filename));

    /// <summary>All pixels.</summary>
    public Span<byte> GetPixelSpan() => _pixels;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
