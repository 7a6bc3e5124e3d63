namespace ResNetManaged.Imaging.Jpeg;

internal enum JpegColor
{
    Gray,
    Rgb,
    YCbCr,
    Cmyk,
    Ycck,
}

/// <summary>What a frame header says: the image's size and its components.</summary>
internal sealed class JpegFrame
{
    /// <summary>Samples in a block's row, and its rows.</summary>
    public const int BlockSide = 8;

    private const int MaxSide = 65_500, MaxSampling = 4; // libjpeg's

    /// <summary>Reads the header at the input's next byte.</summary>
    /// <exception cref="InvalidImageException">The header is damaged, or the image is too large or of a kind that PIL does not read.</exception>
    public JpegFrame(JpegInput input, bool isProgressive, long pixelCap)
    {
        IsProgressive = isProgressive;
        int length = input.UInt16(), precision = input.Byte();
        Height = input.UInt16();
        Width = input.UInt16();
        int count = input.Byte();
        InvalidImageException.CheckSize(Width, Height, pixelCap);
        if (precision != 8) throw new InvalidImageException($"JPEG samples of {precision} bits are not supported; expected 8");
        if (count is not (1 or 3 or 4)) throw new InvalidImageException($"a JPEG with {count} components is not supported; expected 1, 3 or 4");
        if (length != 8 + 3 * count) throw new InvalidImageException("the JPEG file has a damaged frame header");
        if (Math.Max(Width, Height) > MaxSide) throw new InvalidImageException($"a JPEG of more than {MaxSide} pixels in a row or column is not supported");
        Components = new JpegComponent[count];
        for (int i = 0; i < count; i++)
        {
            int id = input.Byte(), sampling = input.Byte();
            Components[i] = new JpegComponent(id, sampling >> 4, sampling & 15, input.Byte());
        }
    }

    public bool IsProgressive { get; }

    public int Width { get; }

    public int Height { get; }

    public JpegComponent[] Components { get; }

    public JpegColor Color { get; private set; }

    public int MaxHorizontal { get; private set; }

    public int MaxVertical { get; private set; }

    /// <summary>The rows of MCUs of all components together.</summary>
    public int McuRows => (Height + MaxVertical * BlockSide - 1) / (MaxVertical * BlockSide);

    /// <summary>The MCUs in a row of all components together.</summary>
    public int McuColumns => (Width + MaxHorizontal * BlockSide - 1) / (MaxHorizontal * BlockSide);

    /// <summary>Computes sizes and colors when the first scan is reached.</summary>
    /// <param name="isJfif">Whether a JFIF segment preceded.</param>
    /// <param name="adobeTransform">What Adobe's segment says; -1 without one.</param>
    public void Complete(bool isJfif, int adobeTransform)
    {
        foreach (JpegComponent component in Components)
        {
            if (component.Horizontal is < 1 or > MaxSampling || component.Vertical is < 1 or > MaxSampling)
                throw new InvalidImageException("the JPEG file has invalid sampling factors");
            MaxHorizontal = Math.Max(MaxHorizontal, component.Horizontal);
            MaxVertical = Math.Max(MaxVertical, component.Vertical);
        }
        foreach (JpegComponent component in Components)
        {
            if (MaxHorizontal % component.Horizontal != 0 || MaxVertical % component.Vertical != 0)
                throw new InvalidImageException("JPEG with fractional sampling factors is not supported");
            component.Measure(this);
        }
        Color = (Components.Length, isJfif, adobeTransform) switch
        {
            (1, _, _) => JpegColor.Gray,
            (3, true, _) => JpegColor.YCbCr,
            (3, false, 0) => JpegColor.Rgb,
            (3, false, > 0) => JpegColor.YCbCr,
            (3, false, _) => (Components[0].Id, Components[1].Id, Components[2].Id) == ('R', 'G', 'B') ? JpegColor.Rgb : JpegColor.YCbCr,
            (_, _, -1 or 0) => JpegColor.Cmyk,
            _ => JpegColor.Ycck,
        };
    }
}
