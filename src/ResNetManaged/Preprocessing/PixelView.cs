namespace ResNetManaged.Preprocessing;

/// <summary>Borrowed pixels of any format, read row by row as red, green and blue. Only rows that need conversion are copied.</summary>
internal readonly ref struct PixelView
{
    private readonly ReadOnlySpan<byte> _pixels;
    private readonly PixelFormat _format;
    private readonly int _rowBytes;
    private readonly long _step; // bytes from a row to the one below it; negative if the bottom row comes first

    /// <summary>Creates a view after checking that the span holds all rows.</summary>
    /// <remarks>Parameters and exceptions are those of <see cref="RgbImage.FromPixels"/>.</remarks>
    public PixelView(ReadOnlySpan<byte> pixels, int width, int height, PixelFormat format, int stride)
    {
        int pixelSize = PixelRows.PixelSize(format);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        long rowBytes = (long)width * pixelSize, step = stride == 0 ? rowBytes : stride, distance = Math.Abs(step);
        if (distance < rowBytes)
        {
            throw new ArgumentOutOfRangeException(nameof(stride),
                $"Pixels: the stride is {stride}; a row of {width} {format} pixels needs {rowBytes} bytes.");
        }
        long needed = distance * (height - 1L) + rowBytes;
        if (pixels.Length < needed)
        {
            throw new ArgumentException(
                $"Pixels: the span has {pixels.Length} bytes; {width} x {height} {format} pixels with stride {step} need {needed}.", nameof(pixels));
        }
        _pixels = pixels;
        _format = format;
        _rowBytes = (int)rowBytes;
        _step = step;
        Width = width;
        Height = height;
    }

    /// <summary>The pixels of an image.</summary>
    public PixelView(RgbImage image) : this(image.Pixels, image.Width, image.Height, PixelFormat.Rgb24, stride: 0) { }

    public int Width { get; }

    public int Height { get; }

    /// <summary>The scratch bytes that <see cref="Row"/> needs; 0 if it returns the owner's memory.</summary>
    public int ScratchLength => _format == PixelFormat.Rgb24 ? 0 : Width * RgbImage.Channels;

    /// <summary>Row <paramref name="y"/> as 3 * <see cref="Width"/> bytes, in the scratch memory or the owner's.</summary>
    public ReadOnlySpan<byte> Row(int y, Span<byte> scratch)
    {
        if (_format == PixelFormat.Rgb24) return Raw(y);
        Span<byte> rgb = scratch[..ScratchLength];
        PixelRows.ToRgb(Raw(y), rgb, _format);
        return rgb;
    }

    /// <summary>Copies row <paramref name="y"/> to the caller's memory, 3 * <see cref="Width"/> bytes.</summary>
    public void CopyRow(int y, Span<byte> rgb) => PixelRows.ToRgb(Raw(y), rgb, _format);

    private ReadOnlySpan<byte> Raw(int y) => _pixels.Slice((int)(_step < 0 ? (y - (Height - 1L)) * _step : y * _step), _rowBytes);
}
