using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>The cache loops of a matrix product; one work item computes one block of C. <c>docs/gemm.md</c> draws them.</summary>
internal readonly unsafe struct GemmBlock<TSimd, TVector, TSource>(GemmProblem problem, TSource source, GemmSplit split) : IWork
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TSource : struct, IPanelSource
{
    /// <summary>KC: rows of a packed panel. docs/gemm.md has the measurements.</summary>
    private const int Depth = 384;

    /// <summary>The largest NC: the KC columns of A are reread for that many columns, and stay in the second-level cache.</summary>
    public static int LargestColumns => 8 * PanelWidth;

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

        using AlignedBuffer panel = AlignedBuffer.Rent(Math.Min(Depth, problem.K) * PanelWidth + TSimd.Lanes);
        int k = 0;
        do // at least once: if K is 0, C is the bias
        {
            int depth = Math.Min(Depth, problem.K - k);
            for (int j = firstColumn, width; j < endColumn; j += width)
            {
                width = WidthOf(endColumn - j);
                PanelPart part = new(k, depth, j, Math.Min(width, endColumn - j), width);
                source.Pack<TSimd, TVector>(item, part, panel.Pointer);
                for (int i = firstRow; i < endRow; i += TileRows) Tile(item, i, Math.Min(TileRows, endRow - i), part, panel.Pointer);
            }
            k += Depth;
        }
        while (k < problem.K);
    }

    /// <summary>The width of the next panel: NR, or a single vector for the last few columns.</summary>
    private static int WidthOf(int columnsLeft) => columnsLeft > 2 * TSimd.Lanes ? PanelWidth : TSimd.Lanes;

    /// <summary>One register tile; through a temporary one if it reaches past the end of C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private void Tile(int item, int i, int rows, in PanelPart part, float* panel)
    {
        bool tall = rows > Tile4x3.Rows, wide = part.Width > TSimd.Lanes, first = part.FirstRow == 0;
        bool whole = part.Columns == part.Width && rows == (tall ? Tile8x3.Rows : Tile4x3.Rows);
        float* c = problem.C(item) + (nint)i * problem.N + part.FirstColumn, bias = problem.Bias(item);
        float* temporary = stackalloc float[whole ? 0 : Tile8x3.Rows * part.Width];
        TileArguments tile = new()
        {
            A = problem.A(item) + (nint)i * problem.K + part.FirstRow,
            StrideA = problem.K,
            Rows = rows,
            B = panel,
            Depth = part.Depth,
            C = whole ? c : temporary,
            StrideC = whole ? problem.N : part.Width,
            Accumulate = whole && !first,
            Bias = first && bias is not null ? bias + i : null,
        };
        if (tall && wide) Tile8x3.Run<TSimd, TVector>(tile);
        else if (tall) Tile8x1.Run<TSimd, TVector>(tile);
        else if (wide) Tile4x3.Run<TSimd, TVector>(tile);
        else Tile4x1.Run<TSimd, TVector>(tile);
        if (whole) return;

        for (int row = 0; row < rows; row++, c += problem.N, temporary += part.Width)
            for (int column = 0; column < part.Columns; column++) c[column] = first ? temporary[column] : c[column] + temporary[column];
    }
}
