namespace ResNetManaged.Imaging.Png;

/// <summary>The five prediction filters of a row (ISO/IEC 15948, 9.2).</summary>
internal static class PngFilter
{
    /// <summary>Reverses a row's filter in place.</summary>
    /// <param name="filter">The row's filter byte.</param>
    /// <param name="row">The row.</param>
    /// <param name="previous">The unfiltered row above; zeros above the first row.</param>
    /// <param name="pixelBytes">The distance to the corresponding byte of the pixel to the left.</param>
    public static void Undo(int filter, Span<byte> row, ReadOnlySpan<byte> previous, int pixelBytes)
    {
        previous = previous[..row.Length];
        switch (filter)
        {
            case 0: break;
            case 1:
                for (int i = pixelBytes; i < row.Length; i++) row[i] += row[i - pixelBytes];
                break;
            case 2:
                for (int i = 0; i < row.Length; i++) row[i] += previous[i];
                break;
            case 3:
                for (int i = 0; i < row.Length; i++) row[i] += (byte)(((i < pixelBytes ? 0 : row[i - pixelBytes]) + previous[i]) / 2);
                break;
            case 4:
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] += i < pixelBytes
                        ? previous[i] // Paeth without a left neighbor
                        : Paeth(row[i - pixelBytes], previous[i], previous[i - pixelBytes]);
                }
                break;
            default: throw new InvalidImageException($"PNG filter {filter} is unknown");
        }
    }

    private static byte Paeth(byte left, byte above, byte aboveLeft)
    {
        int estimate = left + above - aboveLeft;
        int toLeft = Math.Abs(estimate - left), toAbove = Math.Abs(estimate - above), toAboveLeft = Math.Abs(estimate - aboveLeft);
        if (toLeft <= toAbove && toLeft <= toAboveLeft) return left;
        return toAbove <= toAboveLeft ? above : aboveLeft;
    }
}
