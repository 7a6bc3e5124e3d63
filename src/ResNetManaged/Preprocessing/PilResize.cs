using System.Buffers;
using System.Numerics;

namespace ResNetManaged.Preprocessing;

/// <summary>Resizes images exactly as PIL's <c>Image.resize(size, resample)</c> does: antialiased, in fixed point.</summary>
/// <remarks>
/// There are two passes, horizontal first, each rounded to 8 bits; a pass that does not change the size is skipped. An output sample is
/// (half + sum of weight * sample) >> 22, clipped to 0..255, with the weights of Pillow's src/libImaging/Resample.c. The nearest pixel is taken as in
/// its Geometry.c.
/// </remarks>
internal static class PilResize
{
    private const int Half = 1 << (ResampleCoefficients.FractionBits - 1);

    /// <summary>Resizes an image: see <see cref="RgbImage.Resize"/>.</summary>
    public static RgbImage Resize(RgbImage image, int width, int height, Interpolation interpolation = Interpolation.Bilinear)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        return ResizeWindow(new PixelView(image), width, height, 0, 0, width, height, interpolation);
    }

    /// <summary>
    /// Computes only the window at (<paramref name="left"/>, <paramref name="top"/>) of what <see cref="Resize"/> returns.
    /// </summary>
    internal static RgbImage ResizeWindow(PixelView image, int width, int height, int left, int top, int windowWidth, int windowHeight,
        Interpolation interpolation = Interpolation.Bilinear)
    {
        RgbImage result = new(windowWidth, windowHeight);
        if (interpolation == Interpolation.Nearest)
        {
            TakeNearest(image, width, height, left, top, result);
            return result;
        }
        ResampleFilter filter = ResampleFilter.Of(interpolation);
        ResampleCoefficients? vertical = height == image.Height
            ? null
            : ResampleCoefficients.Create(filter, image.Height, height, top, windowHeight);
        // The horizontal pass computes only the rows that the vertical pass reads.
        int firstRow = vertical?.First ?? top, rows = (vertical?.End ?? top + windowHeight) - firstRow;
        int rowBytes = windowWidth * RgbImage.Channels;

        if (vertical is null)
        {
            ResizeRows(image, filter, width, left, firstRow, rows, result.Pixels, rowBytes);
            return result;
        }
        byte[] between = ArrayPool<byte>.Shared.Rent(checked(rows * rowBytes));
        ResizeRows(image, filter, width, left, firstRow, rows, between, rowBytes);
        ResizeColumns(between, firstRow, vertical, result.Pixels, rowBytes);
        ArrayPool<byte>.Shared.Return(between);
        return result;
    }

    private static void TakeNearest(PixelView image, int width, int height, int left, int top, RgbImage result)
    {
        int[] columns = NearestSamples(image.Width, width, left, result.Width), rows = NearestSamples(image.Height, height, top, result.Height);
        byte[] scratch = ArrayPool<byte>.Shared.Rent(image.ScratchLength);
        for (int y = 0; y < rows.Length; y++)
        {
            ReadOnlySpan<byte> source = image.Row(rows[y], scratch);
            Span<byte> row = result.Row(y);
            for (int x = 0; x < columns.Length; x++)
                source.Slice(columns[x] * RgbImage.Channels, RgbImage.Channels).CopyTo(row[(x * RgbImage.Channels)..]);
        }
        ArrayPool<byte>.Shared.Return(scratch);
    }

    /// <summary>The input samples at the centers of outputs [first, first + count). Positions are summed up as PIL does, for the same rounding.</summary>
    private static int[] NearestSamples(int inputSize, int outputSize, int first, int count)
    {
        double scale = (double)inputSize / outputSize, position = scale * 0.5;
        int[] samples = new int[count];
        for (int output = 0; output < first + count; output++, position += scale)
            if (output >= first) samples[output - first] = Math.Min((int)position, inputSize - 1);
        return samples;
    }

    private static void ResizeRows(
        PixelView image, ResampleFilter filter, int width, int left, int firstRow, int rows, Span<byte> destination, int rowBytes)
    {
        ResampleCoefficients? horizontal = width == image.Width
            ? null
            : ResampleCoefficients.Create(filter, image.Width, width, left, rowBytes / RgbImage.Channels);
        byte[] scratch = ArrayPool<byte>.Shared.Rent(image.ScratchLength);
        for (int y = 0; y < rows; y++)
        {
            ReadOnlySpan<byte> source = image.Row(firstRow + y, scratch);
            Span<byte> row = destination.Slice(y * rowBytes, rowBytes);
            if (horizontal is null) source.Slice(left * RgbImage.Channels, rowBytes).CopyTo(row);
            else ResizeRow(source, horizontal, row);
        }
        ArrayPool<byte>.Shared.Return(scratch);
    }

    private static void ResizeRow(ReadOnlySpan<byte> source, ResampleCoefficients horizontal, Span<byte> destination)
    {
        for (int x = 0, to = 0; to < destination.Length; x++, to += RgbImage.Channels)
        {
            ReadOnlySpan<int> weights = horizontal.Weights(x);
            ReadOnlySpan<byte> samples = source.Slice(horizontal.Start(x) * RgbImage.Channels, weights.Length * RgbImage.Channels);
            int red = Half, green = Half, blue = Half;
            for (int tap = 0, from = 0; tap < weights.Length && from + 2 < samples.Length; tap++, from += RgbImage.Channels)
            {
                red += weights[tap] * samples[from];
                green += weights[tap] * samples[from + 1];
                blue += weights[tap] * samples[from + 2];
            }
            destination[to] = ToByte(red);
            destination[to + 1] = ToByte(green);
            destination[to + 2] = ToByte(blue);
        }
    }

    /// <summary>The vertical pass; row 0 of <paramref name="source"/> is row <paramref name="firstRow"/> of the image.</summary>
    private static void ResizeColumns(
        ReadOnlySpan<byte> source, int firstRow, ResampleCoefficients vertical, Span<byte> destination, int rowBytes)
    {
        for (int y = 0, to = 0; to < destination.Length; y++, to += rowBytes)
        {
            ReadOnlySpan<int> weights = vertical.Weights(y);
            ReadOnlySpan<byte> samples = source.Slice((vertical.Start(y) - firstRow) * rowBytes, weights.Length * rowBytes);
            Span<byte> row = destination.Slice(to, rowBytes);
            int x = 0;
            for (; x <= rowBytes - Vector<byte>.Count; x += Vector<byte>.Count)
                WeightedSum(samples[x..], weights, rowBytes).CopyTo(row[x..]);
            for (; x < rowBytes; x++)
            {
                int sum = Half;
                for (int tap = 0; tap < weights.Length; tap++) sum += weights[tap] * samples[tap * rowBytes + x];
                row[x] = ToByte(sum);
            }
        }
    }

    private static Vector<byte> WeightedSum(ReadOnlySpan<byte> samples, ReadOnlySpan<int> weights, int rowBytes)
    {
        Vector<int> sum0 = new(Half), sum1 = sum0, sum2 = sum0, sum3 = sum0;
        for (int tap = 0; tap < weights.Length; tap++)
        {
            Vector<int> weight = new(weights[tap]);
            Vector.Widen(new Vector<byte>(samples[(tap * rowBytes)..]), out Vector<ushort> low, out Vector<ushort> high);
            Vector.Widen(low, out Vector<uint> samples0, out Vector<uint> samples1);
            Vector.Widen(high, out Vector<uint> samples2, out Vector<uint> samples3);
            sum0 += samples0.As<uint, int>() * weight;
            sum1 += samples1.As<uint, int>() * weight;
            sum2 += samples2.As<uint, int>() * weight;
            sum3 += samples3.As<uint, int>() * weight;
        }
        return Vector.Narrow(Vector.Narrow(ToByte(sum0), ToByte(sum1)), Vector.Narrow(ToByte(sum2), ToByte(sum3)));
    }

    // Filters that overshoot have weights whose absolute values sum to less than 2, so sums stay within 32 bits.
    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> ResampleCoefficients.FractionBits, 0, byte.MaxValue);

    private static Vector<uint> ToByte(Vector<int> sums) => Vector.Min(
        Vector.Max(Vector.ShiftRightArithmetic(sums, ResampleCoefficients.FractionBits), Vector<int>.Zero), new Vector<int>(byte.MaxValue)).As<int, uint>();
}
