using ResNetManaged.Imaging.Jpeg.Entropy;

namespace ResNetManaged.Imaging.Jpeg.Samples;

/// <summary>
/// Estimates low-frequency coefficients that a progressive file has not delivered yet from the DC values of the 5 x 5 blocks around, as libjpeg-turbo
/// since version 2.1 does.
/// </summary>
/// <remarks>
/// T.81, annex K.8, fits a quadratic surface to 3 x 3 DC values; libjpeg-turbo widens that to 5 x 5. An estimate applies where a coefficient is 0 and not
/// known to be exact, and stays below the bits still missing. If no AC coefficient has come, more of them are estimated and the DC value is smoothed too.
/// </remarks>
internal sealed unsafe class BlockSmoothing
{
    private const int Estimated = 9, Side = 5;

    // Positions, row by row, of coded coefficients 1 to 9: 01 10 20 11 02 03 12 21 30.
    private static ReadOnlySpan<byte> Positions => ZigZag.Order.Slice(1, Estimated);

    private readonly JpegFrame _frame;
    private readonly int _lastRow;

    private BlockSmoothing(JpegFrame frame, int lastRow) => (_frame, _lastRow) = (frame, lastRow);

    /// <summary>The smoothing that an image needs; null if it is complete, or if it cannot be smoothed.</summary>
    /// <param name="frame">The frame after its last scan.</param>
    /// <param name="scans">The number of scans.</param>
    /// <param name="lastRow">The last row of MCUs that the last scan reached.</param>
    public static BlockSmoothing? For(JpegFrame frame, int scans, int lastRow)
    {
        if (!frame.IsProgressive) return null;
        bool isUseful = false;
        foreach (JpegComponent component in frame.Components)
        {
            if (component.Steps is not short[] steps || component.MissingBits[0] < 0 || steps[0] == 0) return null;
            foreach (int position in Positions)
            {
                if (steps[position] == 0) return null;
            }
            if (scans == 1) Array.Fill(component.MissingBitsBefore, -1);
            isUseful |= component.MissingBits.AsSpan(1, Estimated).ContainsAnyExcept(0);
        }
        return isUseful ? new BlockSmoothing(frame, lastRow) : null;
    }

    /// <summary>Copies a block and adds estimates.</summary>
    public void Apply(JpegComponent component, Coefficients source, int mcuRow, int blockRow, int column, short* block)
    {
        new ReadOnlySpan<short>(source.Block(mcuRow * component.Vertical + blockRow, column), ZigZag.Size).CopyTo(new Span<short>(block, ZigZag.Size));
        int[] missing = mcuRow > _lastRow ? component.MissingBitsBefore : component.MissingBits;
        bool isDcOnly = !missing.AsSpan(1, Estimated).ContainsAnyExcept(-1);
        int* dc = stackalloc int[Side * Side];
        Gather(component, source, mcuRow, blockRow, column, dc);
        ReadOnlySpan<sbyte> weights = isDcOnly ? DcWeights : AcWeights;
        int estimates = weights.Length / (Side * Side);
        for (int i = 0; i < estimates; i++)
        {
            int position = Positions[i], bits = missing[i + 1];
            if (bits == 0 || block[position] != 0) continue;
            block[position] = (short)Quantize(component.Steps!, position, Sum(weights.Slice(i * Side * Side, Side * Side), dc), bits);
        }
        if (isDcOnly) block[0] = (short)Quantize(component.Steps!, 0, DcSum(dc), bits: -1);
    }

    private static int Quantize(short[] steps, int position, int sum, int bits)
    {
        long step = (ushort)steps[position], numerator = (ushort)steps[0] * (long)sum;
        int value = (int)(((step << 7) + Math.Abs(numerator)) / (step << 8));
        if (bits > 0 && value >= 1 << bits) value = (1 << bits) - 1;
        return numerator < 0 ? -value : value;
    }

    private static int Sum(ReadOnlySpan<sbyte> weights, int* dc)
    {
        int sum = 0;
        for (int i = 0; i < weights.Length; i++) sum += weights[i] * dc[i];
        return sum;
    }

    /// <summary>A weighted mean whose weights sum to 256.</summary>
    private static int DcSum(int* dc) => Sum(
    [
        -2, -6, -8, -6, -2,
        -6, 6, 42, 6, -6,
        -8, 42, 0, 42, -8,
        -6, 6, 42, 6, -6,
        -2, -6, -8, -6, -2,
    ], dc) + 152 * dc[12];

    /// <summary>The DC values around; those outside repeat the nearest one, with libjpeg-turbo's exceptions near the edges.</summary>
    private void Gather(JpegComponent component, Coefficients source, int mcuRow, int blockRow, int column, int* dc)
    {
        int row = mcuRow * component.Vertical + blockRow, rows = component.BlockRowsIn(mcuRow), lastMcuRow = _frame.McuRows - 1;
        int above = blockRow > 0 || mcuRow > 0 ? row - 1 : row, above2 = blockRow > 1 || mcuRow > 1 ? row - 2 : above;
        int below = blockRow < rows - 1 || mcuRow < lastMcuRow ? row + 1 : row;
        int below2 = blockRow < rows - 2 || mcuRow + 1 < lastMcuRow ? row + 2 : below;
        int last = component.BlockColumns - 1;
        for (int x = 0; x < Side; x++)
        {
            int from = column + x - 2;
            from = last == 1 && from > 1 ? 0 : Math.Clamp(from, 0, last);
            dc[x] = source.Block(above2, from)[0];
            dc[Side + x] = source.Block(above, from)[0];
            dc[2 * Side + x] = source.Block(row, from)[0];
            dc[3 * Side + x] = source.Block(below, from)[0];
            dc[4 * Side + x] = source.Block(below2, from)[0];
        }
    }

    // 256ths of a DC step for each estimate, if some AC coefficients are known: 01, 10, 20, 11, 02.
    private static ReadOnlySpan<sbyte> AcWeights =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7, 50, 0, -50, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, -7, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, -50, 0, 0, 0, 0, 7, 0, 0,
        0, 0, -1, 0, 0, 0, 0, 13, 0, 0, 0, 0, -24, 0, 0, 0, 0, 13, 0, 0, 0, 0, -1, 0, 0,
        0, -1, 0, 1, 0, -1, 10, 0, -10, 1, 0, 0, 0, 0, 0, 1, -10, 0, 10, -1, 0, 1, 0, -1, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 13, -24, 13, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    // The same if none is known: 01, 10, 20, 11, 02, 03, 12, 21, 30.
    private static ReadOnlySpan<sbyte> DcWeights =>
    [
        -1, -1, 0, 1, 1, -3, 13, 0, -13, 3, -3, 38, 0, -38, 3, -3, 13, 0, -13, 3, -1, -1, 0, 1, 1,
        -1, -3, -3, -3, -1, -1, 13, 38, 13, -1, 0, 0, 0, 0, 0, 1, -13, -38, -13, 1, 1, 3, 3, 3, 1,
        0, 0, 1, 0, 0, 0, 2, 7, 2, 0, 0, -5, -14, -5, 0, 0, 2, 7, 2, 0, 0, 0, 1, 0, 0,
        -1, 0, 0, 0, 1, 0, 9, 0, -9, 0, 0, 0, 0, 0, 0, 0, -9, 0, 9, 0, 1, 0, 0, 0, -1,
        0, 0, 0, 0, 0, 0, 2, -5, 2, 0, 1, 7, -14, 7, 1, 0, 2, -5, 2, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 1, -3, 1, 0, 0, 0, 0, 0, 0, 0, -1, 3, -1, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, -3, 0, 3, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, -1, -2, -1, 0, 0, 0, 0, 0, 0,
    ];
}
