using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ResNetManaged.Imaging.Jpeg.Samples;

/// <summary>Converts the colors of a row in libjpeg's 16-bit fixed point.</summary>
internal static unsafe class JpegColors
{
    private const int FractionBits = 16, Half = 1 << (FractionBits - 1), Center = 128;

    // Rec. 601: round(1.402 * 65536) and so on.
    private const int RedFromCr = 91881, GreenFromCb = 22554, GreenFromCr = 46802, BlueFromCb = 116130;

    /// <summary>Converts a row.</summary>
    /// <param name="color">The meaning of the components.</param>
    /// <param name="rows">The components' samples; <see cref="SamplePlane.Slack"/> bytes after the row can be read.</param>
    /// <param name="rgb">Red, green and blue bytes.</param>
    public static void ToRgb(JpegColor color, byte** rows, Span<byte> rgb)
    {
        fixed (byte* destination = rgb)
        {
            int width = rgb.Length / 3;
            switch (color)
            {
                case JpegColor.Gray: Join(rows[0], rows[0], rows[0], destination, width); break;
                case JpegColor.Rgb: Join(rows[0], rows[1], rows[2], destination, width); break;
                case JpegColor.YCbCr: FromYCbCr(rows[0], rows[1], rows[2], destination, width); break;
                case JpegColor.Cmyk:
                    Join(rows[0], rows[1], rows[2], destination, width);
                    ApplyBlack(rgb, rows[3]);
                    break;
                case JpegColor.Ycck:
                    // libjpeg returns the complement of the RGB that Y, Cb and Cr encode, and PIL inverts it back.
                    FromYCbCr(rows[0], rows[1], rows[2], destination, width);
                    foreach (ref byte value in rgb) value = (byte)~value;
                    ApplyBlack(rgb, rows[3]);
                    break;
                default: throw new ArgumentOutOfRangeException(nameof(color), color, "Unknown color space.");
            }
        }
    }

    private static void Join(byte* red, byte* green, byte* blue, byte* rgb, int width)
    {
        int x = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; x <= width - Vector128<byte>.Count; x += Vector128<byte>.Count)
                Store(Vector128.Load(red + x), Vector128.Load(green + x), Vector128.Load(blue + x), rgb + 3 * x);
        }
        for (; x < width; x++) (rgb[3 * x], rgb[3 * x + 1], rgb[3 * x + 2]) = (red[x], green[x], blue[x]);
    }

    private static void FromYCbCr(byte* luma, byte* blueness, byte* redness, byte* rgb, int width)
    {
        int x = 0;
        if (Vector.IsHardwareAccelerated)
        {
            byte* planes = stackalloc byte[3 * Vector<byte>.Count];
            byte* green = planes + Vector<byte>.Count, blue = green + Vector<byte>.Count;
            for (; x < width; x += Vector<byte>.Count)
            {
                FromYCbCr(luma + x, blueness + x, redness + x, planes);
                Join(planes, green, blue, rgb + 3 * x, Math.Min(width - x, Vector<byte>.Count));
            }
        }
        for (; x < width; x++)
        {
            int y = luma[x], cb = blueness[x] - Center, cr = redness[x] - Center;
            rgb[3 * x] = ToByte(y + ((RedFromCr * cr + Half) >> FractionBits));
            rgb[3 * x + 1] = ToByte(y + ((Half - GreenFromCb * cb - GreenFromCr * cr) >> FractionBits));
            rgb[3 * x + 2] = ToByte(y + ((BlueFromCb * cb + Half) >> FractionBits));
        }
    }

    /// <summary>Converts as many pixels as a vector has bytes, to planes of red, green and blue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FromYCbCr(byte* luma, byte* blueness, byte* redness, byte* planes)
    {
        Vector.Widen(Unsafe.ReadUnaligned<Vector<byte>>(luma), out Vector<ushort> yLow, out Vector<ushort> yHigh);
        Vector.Widen(Unsafe.ReadUnaligned<Vector<byte>>(blueness), out Vector<ushort> cbLow, out Vector<ushort> cbHigh);
        Vector.Widen(Unsafe.ReadUnaligned<Vector<byte>>(redness), out Vector<ushort> crLow, out Vector<ushort> crHigh);
        FromYCbCr(yLow.As<ushort, short>(), cbLow, crLow, out Vector<ushort> redLow, out Vector<ushort> greenLow, out Vector<ushort> blueLow);
        FromYCbCr(yHigh.As<ushort, short>(), cbHigh, crHigh, out Vector<ushort> redHigh, out Vector<ushort> greenHigh, out Vector<ushort> blueHigh);
        Unsafe.WriteUnaligned(planes, Vector.Narrow(redLow, redHigh));
        Unsafe.WriteUnaligned(planes + Vector<byte>.Count, Vector.Narrow(greenLow, greenHigh));
        Unsafe.WriteUnaligned(planes + 2 * Vector<byte>.Count, Vector.Narrow(blueLow, blueHigh));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FromYCbCr(
        Vector<short> y, Vector<ushort> blueness, Vector<ushort> redness, out Vector<ushort> red, out Vector<ushort> green, out Vector<ushort> blue)
    {
        Vector<short> center = new(Center);
        Vector.Widen(blueness.As<ushort, short>() - center, out Vector<int> cbLow, out Vector<int> cbHigh);
        Vector.Widen(redness.As<ushort, short>() - center, out Vector<int> crLow, out Vector<int> crHigh);
        Vector<int> half = new(Half);
        red = Clip(y + Shift(crLow * RedFromCr + half, crHigh * RedFromCr + half));
        green = Clip(y + Shift(half - cbLow * GreenFromCb - crLow * GreenFromCr, half - cbHigh * GreenFromCb - crHigh * GreenFromCr));
        blue = Clip(y + Shift(cbLow * BlueFromCb + half, cbHigh * BlueFromCb + half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<short> Shift(Vector<int> low, Vector<int> high) => Vector.Narrow(low >> FractionBits, high >> FractionBits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<ushort> Clip(Vector<short> value) => Vector.Min(Vector.Max(value, Vector<short>.Zero), new Vector<short>(byte.MaxValue)).As<short, ushort>();

    /// <summary>Stores 16 pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<byte> red, Vector128<byte> green, Vector128<byte> blue, byte* rgb)
    {
        const byte N = 255; // selects 0
        (Vector128.Shuffle(red, Vector128.Create(0, N, N, 1, N, N, 2, N, N, 3, N, N, 4, N, N, 5))
            | Vector128.Shuffle(green, Vector128.Create(N, 0, N, N, 1, N, N, 2, N, N, 3, N, N, 4, N, N))
            | Vector128.Shuffle(blue, Vector128.Create(N, N, 0, N, N, 1, N, N, 2, N, N, 3, N, N, 4, N))).Store(rgb);
        (Vector128.Shuffle(red, Vector128.Create(N, N, 6, N, N, 7, N, N, 8, N, N, 9, N, N, 10, N))
            | Vector128.Shuffle(green, Vector128.Create(5, N, N, 6, N, N, 7, N, N, 8, N, N, 9, N, N, 10))
            | Vector128.Shuffle(blue, Vector128.Create(N, 5, N, N, 6, N, N, 7, N, N, 8, N, N, 9, N, N))).Store(rgb + 16);
        (Vector128.Shuffle(red, Vector128.Create(N, 11, N, N, 12, N, N, 13, N, N, 14, N, N, 15, N, N))
            | Vector128.Shuffle(green, Vector128.Create(N, N, 11, N, N, 12, N, N, 13, N, N, 14, N, N, 15, N))
            | Vector128.Shuffle(blue, Vector128.Create(10, N, N, 11, N, N, 12, N, N, 13, N, N, 14, N, N, 15))).Store(rgb + 32);
    }

    /// <summary>Converts CMYK as PIL does: it assumes Adobe's inverted inks, so a stored 255 is no ink.</summary>
    private static void ApplyBlack(Span<byte> rgb, byte* black)
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
