using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>How a product is cut into work items: blocks of columns and, if those are too few, of rows.</summary>
/// <param name="Rows">MC: rows of a block.</param>
/// <param name="RowBlocks">The number of blocks of rows.</param>
/// <param name="Columns">NC: columns of a block; whole panels, except in the last block.</param>
/// <param name="ColumnBlocks">The number of blocks of columns.</param>
internal readonly record struct GemmSplit(int Rows, int RowBlocks, int Columns, int ColumnBlocks)
{
    private const int ItemsPerThread = 4; // so that a late or interrupted thread costs little
    private const int SmallProduct = 1 << 18; // multiply-adds, about 4 microseconds of work: not worth a second thread

    /// <summary>The number of threads worth using.</summary>
    public static int Threads(in GemmProblem problem, int threads) =>
        (double)problem.Items * problem.M * problem.N * problem.K < SmallProduct ? 1 : threads;

    /// <summary>Cuts the products for a number of threads; results do not depend on the cut.</summary>
    /// <param name="problem">The products.</param>
    /// <param name="tileRows">MR.</param>
    /// <param name="panelWidth">NR.</param>
    /// <param name="largestColumns">The largest NC, whole panels.</param>
    /// <param name="threads">The number of threads.</param>
    public static GemmSplit Choose(in GemmProblem problem, int tileRows, int panelWidth, int largestColumns, int threads)
    {
        int wanted = threads == 1 ? 1 : Sizes.CeilingDivide(ItemsPerThread * threads, problem.Items);
        int columnBlocks = Math.Max(Sizes.CeilingDivide(problem.N, largestColumns), Math.Min(wanted, Sizes.CeilingDivide(problem.N, panelWidth)));
        int columns = Sizes.RoundUp(Sizes.CeilingDivide(problem.N, columnBlocks), panelWidth);
        columnBlocks = Sizes.CeilingDivide(problem.N, columns);

        // Each block of rows repacks its columns, so rows are cut only as far as the threads require.
        int rowBlocks = Math.Min(Sizes.CeilingDivide(wanted / 2, columnBlocks), Sizes.CeilingDivide(problem.M, tileRows));
        int rows = Sizes.RoundUp(Sizes.CeilingDivide(problem.M, Math.Max(1, rowBlocks)), tileRows);
        return new GemmSplit(rows, Sizes.CeilingDivide(problem.M, rows), columns, columnBlocks);
    }
}
