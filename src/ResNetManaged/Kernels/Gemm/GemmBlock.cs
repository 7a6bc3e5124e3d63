using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels;

/// <summary>The cache loops of a matrix product; one work item computes one block of C. <c>docs/gemm.md</c> draws them.</summary>
internal readonly unsafe struct GemmBlock<TSimd, TVector, TSource>(GemmProblem problem, TSource source, GemmSplit split) : IWork
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TSource : struct, IPanelSource
{
    /// <summary>KC: rows of B that are packed at a time; a panel then is 48 KiB at 512 bits.</summary>
    private static int Depth => GemmTuning.Depth;

    /// <summary>The largest NC: columns of B that are packed at a time.</summary>
    public static int LargestColumns => GemmTuning.Panels * PanelWidth;

    /// <summary>MR: rows of the tallest register tile.</summary>
    public static int TileRows => TSimd.Registers >= 32 ? Tile8x3.Rows : Tile4x3.Rows;

    /// <summary>NR: columns of the widest register tile.</summary>
    public static int PanelWidth => Tile8x3.Vectors * TSimd.Lanes;

    public int Items => problem.Items * split.ColumnBlocks * split.RowBlocks;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int index)
    {
        (int rest, int rowBlock) = Math.DivRem(index, split.RowBlocks);
        (int item, int columnBlock) = Math.DivRem(rest, split.ColumnBlocks);
        int firstRow = rowBlock * split.Rows, endRow = Math.Min(firstRow + split.Rows, problem.M);
        int firstColumn = columnBlock * split.Columns, endColumn = Math.Min(firstColumn + split.Columns, problem.N);

        using AlignedBuffer scratch = AlignedBuffer.Rent(Math.Min(Depth, problem.K) * (split.Columns + PanelWidth) + TSimd.Lanes);
        int k = 0;
        do // once even if K is 0: C is the bias then
        {
            int depth = Math.Min(Depth, problem.K - k);
            for (int j = firstColumn, width; j < endColumn; j += width)
            {
                width = WidthOf(endColumn - j);
                PanelPart part = new(k, depth, j, Math.Min(width, endColumn - j), width);
                source.Pack<TSimd, TVector>(item, part, scratch.Pointer + (nint)(j - firstColumn) * depth);
            }
            for (int j = firstColumn, width; j < endColumn; j += width)
            {
                width = WidthOf(endColumn - j);
                float* panel = scratch.Pointer + (nint)(j - firstColumn) * depth;
                for (int i = firstRow; i < endRow; i += TileRows)
                    Tile(item, i, Math.Min(TileRows, endRow - i), j, Math.Min(width, endColumn - j), width, k, depth, panel);
            }
            k += Depth;
        }
        while (k < problem.K);
    }

    /// <summary>The width of the next panel: NR, or a single vector for the last few columns.</summary>
    private static int WidthOf(int columnsLeft) => columnsLeft > 2 * TSimd.Lanes ? PanelWidth : TSimd.Lanes;

    /// <summary>One register tile; where it is larger than what is left of C, through a temporary one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private void Tile(int item, int i, int rows, int j, int columns, int width, int k, int depth, float* panel)
    {
        bool wide = width > TSimd.Lanes, tall = rows > Tile4x3.Rows;
        float* c = problem.C(item) + (nint)i * problem.N + j, bias = problem.Bias(item);
        bool whole = columns == width && rows == (tall ? Tile8x3.Rows : Tile4x3.Rows);
        float* temporary = stackalloc float[whole ? 0 : Tile8x3.Rows * width];
        TileArguments tile = new()
        {
            A = problem.A(item) + (nint)i * problem.K + k,
            StrideA = problem.K,
            Rows = rows,
            B = panel,
            Depth = depth,
            C = whole ? c : temporary,
            StrideC = whole ? problem.N : width,
            Accumulate = whole && k > 0,
            Bias = k > 0 || bias is null ? null : bias + i,
        };
        if (tall && wide) Tile8x3.Run<TSimd, TVector>(tile);
        else if (tall) Tile8x1.Run<TSimd, TVector>(tile);
        else if (wide) Tile4x3.Run<TSimd, TVector>(tile);
        else Tile4x1.Run<TSimd, TVector>(tile);
        if (whole) return;

        for (int row = 0; row < rows; row++, c += problem.N, temporary += width)
            for (int column = 0; column < columns; column++) c[column] = k > 0 ? c[column] + temporary[column] : temporary[column];
    }
}

internal static class GemmTuning { public static int Depth = 256, Panels = 8;  }
