using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ResNetManaged.Preprocessing.Augmentations;

namespace ResNetManaged.Preprocessing;

/// <summary>Resizes images exactly as PIL's <c>Image.resize(size, resample)</c> does: antialiased, in fixed point.</summary>
/// <remarks>
/// There are two passes, horizontal first, each rounded to 8 bits; a pass that does not change the size is skipped. An output sample is
/// (half + sum of weight * sample) >> 22, clipped to 0..255, with the weights of Pillow's src/libImaging/Resample.c. The nearest pixel is taken as in
/// its Geometry.c.
/// </remarks>
internal static class PilResize
{
    private const int MinRows = 16; // between the passes, so that rows seldom move

    private const int Half = 1 << (ResampleCoefficients.FractionBits - 1);

    /// <summary>Resizes an image: see <see cref="RgbImage.Resize"/>.</summary>
    public static RgbImage Resize(RgbImage image, int width, int height, Interpolation interpolation = Interpolation.Bilinear)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        return ResizeWindow(new PixelViewSource(new PixelView(image)), width, height, 0, 0, width, height, interpolation);
    }

    /// <summary>
    /// Computes only the window at (<paramref name="left"/>, <paramref name="top"/>) of what <see cref="Resize"/> returns, from the pixels that it needs.
    /// </summary>
    internal static RgbImage ResizeWindow<TSource>(TSource image, int width, int height, int left, int top, int windowWidth, int windowHeight,
        Interpolation interpolation = Interpolation.Bilinear) where TSource : IPixelSource, allows ref struct
    {
        RgbImage result = RgbImage.Uninitialized(windowWidth, windowHeight);
        if (interpolation == Interpolation.Nearest)
        {
            TakeNearest(image, width, height, left, top, result);
            return result;
        }
        ResampleFilter filter = ResampleFilter.Of(interpolation);
        ResampleCoefficients? horizontal = width == image.Width ? null : ResampleCoefficients.Create(filter, image.Width, width, left, windowWidth);
        ResampleCoefficients? vertical = height == image.Height ? null : ResampleCoefficients.Create(filter, image.Height, height, top, windowHeight);
        int firstColumn = horizontal?.First ?? left, firstRow = vertical?.First ?? top;
        int columns = (horizontal?.End ?? left + windowWidth) - firstColumn, rows = (vertical?.End ?? top + windowHeight) - firstRow;
        image.Select(new PixelWindow(firstColumn, firstRow, columns, rows));

        int rowBytes = windowWidth * RgbImage.Channels, capacity = vertical is null ? 0 : Math.Min(rows, Math.Max(2 * vertical.MaxCount, MinRows));
        byte[] scratch = ArrayPool<byte>.Shared.Rent(image.ScratchLength), between = ArrayPool<byte>.Shared.Rent(checked(capacity * rowBytes));
        int first = firstRow, next = firstRow, done = 0; // the rows in memory, and the finished rows of the result
        for (int y = firstRow; y < firstRow + rows; y++)
        {
            if (vertical is null)
            {
                ResizeRow(image.NextRow(scratch), firstColumn, horizontal, result.Row(y - top));
                continue;
            }
            if (next - first == capacity)
            {
                int needed = Math.Min(vertical.Start(done), next);
                between.AsSpan((needed - first) * rowBytes, (next - needed) * rowBytes).CopyTo(between);
                first = needed;
            }
            ResizeRow(image.NextRow(scratch), firstColumn, horizontal, between.AsSpan((next++ - first) * rowBytes, rowBytes));
            for (; done < windowHeight && vertical.Start(done) + vertical.Weights(done).Length <= next; done++)
                ResizeColumns(between.AsSpan((vertical.Start(done) - first) * rowBytes), vertical.Weights(done), result.Row(done));
        }
        ArrayPool<byte>.Shared.Return(scratch);
        ArrayPool<byte>.Shared.Return(between);
        return result;
    }

    private static void TakeNearest<TSource>(TSource image, int width, int height, int left, int top, RgbImage result)
        where TSource : IPixelSource, allows ref struct
    {
        int[] columns = NearestSamples(image.Width, width, left, result.Width), rows = NearestSamples(image.Height, height, top, result.Height);
        image.Select(new PixelWindow(columns[0], rows[0], columns[^1] + 1 - columns[0], rows[^1] + 1 - rows[0]));
        byte[] scratch = ArrayPool<byte>.Shared.Rent(image.ScratchLength);
        ReadOnlySpan<byte> source = [];
        for (int y = 0, next = rows[0]; y < rows.Length; y++)
        {
            for (; next <= rows[y]; next++) source = image.NextRow(scratch);
            Span<byte> row = result.Row(y);
            for (int x = 0; x < columns.Length; x++)
                source.Slice((columns[x] - columns[0]) * RgbImage.Channels, RgbImage.Channels).CopyTo(row[(x * RgbImage.Channels)..]);
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

    /// <summary>The horizontal pass of a row that starts at column <paramref name="firstColumn"/>; null copies it.</summary>
    private static void ResizeRow(ReadOnlySpan<byte> source, int firstColumn, ResampleCoefficients? horizontal, Span<byte> destination)
    {
        if (horizontal is null)
        {
            source[..destination.Length].CopyTo(destination);
            return;
        }
        for (int x = 0, to = 0; to < destination.Length; x++, to += RgbImage.Channels)
        {
            ReadOnlySpan<int> weights = horizontal.Weights(x);
            ReadOnlySpan<byte> samples = source[((horizontal.Start(x) - firstColumn) * RgbImage.Channels)..];
            if (Vector128.IsHardwareAccelerated && samples.Length > weights.Length * RgbImage.Channels && destination.Length - to > RgbImage.Channels)
            {
                // A pixel and the next byte, which is overwritten.
                MemoryMarshal.Write(destination[to..], WeightedPixel(samples, weights));
                continue;
            }
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

    /// <summary>The weighted sum of pixels, with one byte after the last of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint WeightedPixel(ReadOnlySpan<byte> samples, ReadOnlySpan<int> weights)
    {
        ref byte pixel = ref MemoryMarshal.GetReference(samples);
        Vector128<int> sum = Vector128.Create(Half);
        for (int tap = 0; tap < weights.Length; tap++, pixel = ref Unsafe.Add(ref pixel, RgbImage.Channels))
        {
            Vector128<ushort> wide = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(ref pixel)).AsByte());
            sum += Vector128.WidenLower(wide).AsInt32() * Vector128.Create(weights[tap]);
        }
        sum = Vector128.Min(Vector128.Max(sum >> ResampleCoefficients.FractionBits, Vector128<int>.Zero), Vector128.Create((int)byte.MaxValue));
        Vector128<short> narrow = Vector128.Narrow(sum, sum);
        return Vector128.Narrow(narrow, narrow).AsUInt32().ToScalar();
    }

    /// <summary>The vertical pass of one row of the result.</summary>
    private static void ResizeColumns(ReadOnlySpan<byte> samples, ReadOnlySpan<int> weights, Span<byte> row)
    {
        int x = 0;
        for (; x <= row.Length - Vector<byte>.Count; x += Vector<byte>.Count) WeightedSum(samples[x..], weights, row.Length).CopyTo(row[x..]);
        for (; x < row.Length; x++)
        {
            int sum = Half;
            for (int tap = 0; tap < weights.Length; tap++) sum += weights[tap] * samples[tap * row.Length + x];
            row[x] = ToByte(sum);
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
