namespace ResNetManaged.Imaging.Jpeg;

/// <summary>Converts the colors of a row in libjpeg's 16-bit fixed point.</summary>
internal static class JpegColors
{
    private const int FractionBits = 16, Half = 1 << (FractionBits - 1), Center = 128;

    // Rec. 601: round(1.402 * 65536) and so on, as in jdcolor.c.
    private const int RedFromCr = 91881, GreenFromCb = 22554, GreenFromCr = 46802, BlueFromCb = 116130;

    public static void ToRgb(JpegColor color, byte[][] rows, Span<byte> rgb)
    {
        switch (color)
        {
            case JpegColor.Gray: PixelRowsOf(rows[0], rows[0], rows[0], rgb); break;
            case JpegColor.Rgb: PixelRowsOf(rows[0], rows[1], rows[2], rgb); break;
            case JpegColor.YCbCr: FromYCbCr(rows[0], rows[1], rows[2], rgb); break;
            case JpegColor.Cmyk:
                PixelRowsOf(rows[0], rows[1], rows[2], rgb);
                ApplyBlack(rgb, rows[3]);
                break;
            case JpegColor.Ycck:
                // libjpeg returns the complement of the RGB that Y, Cb and Cr encode, and PIL inverts it back.
                FromYCbCr(rows[0], rows[1], rows[2], rgb);
                foreach (ref byte value in rgb) value = (byte)~value;
                ApplyBlack(rgb, rows[3]);
                break;
            default: throw new ArgumentOutOfRangeException(nameof(color), color, "Unknown color space.");
        }
    }

    private static void PixelRowsOf(ReadOnlySpan<byte> red, ReadOnlySpan<byte> green, ReadOnlySpan<byte> blue, Span<byte> rgb)
    {
        for (int x = 0, to = 0; to < rgb.Length; x++, to += 3) (rgb[to], rgb[to + 1], rgb[to + 2]) = (red[x], green[x], blue[x]);
    }

    private static void FromYCbCr(ReadOnlySpan<byte> luma, ReadOnlySpan<byte> blueness, ReadOnlySpan<byte> redness, Span<byte> rgb)
    {
        int width = rgb.Length / 3;
        luma = luma[..width];
        blueness = blueness[..width];
        redness = redness[..width];
        for (int x = 0, to = 0; x < luma.Length && to + 2 < rgb.Length; x++, to += 3)
        {
            int y = luma[x], cb = blueness[x] - Center, cr = redness[x] - Center;
            rgb[to] = ToByte(y + ((RedFromCr * cr + Half) >> FractionBits));
            rgb[to + 1] = ToByte(y + ((Half - GreenFromCb * cb - GreenFromCr * cr) >> FractionBits));
            rgb[to + 2] = ToByte(y + ((BlueFromCb * cb + Half) >> FractionBits));
        }
    }

    /// <summary>Converts CMYK as PIL does: it assumes Adobe's inverted inks, so a stored 255 is no ink.</summary>
    private static void ApplyBlack(Span<byte> rgb, ReadOnlySpan<byte> black)
    {
        for (int x = 0, i = 0; i < rgb.Length; i++, x = i / 3)
        {
            int light = black[x], ink = byte.MaxValue - rgb[i];
            rgb[i] = ToByte(light - MultiplyDivide255(ink, light));
        }
    }

    private static int MultiplyDivide255(int a, int b)
    {
        int product = a * b + 128;
        return ((product >> 8) + product) >> 8;
    }

    private static byte ToByte(int value) => (byte)Math.Clamp(value, 0, byte.MaxValue);
}
