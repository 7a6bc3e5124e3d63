namespace ResNetManaged.Kernels.Reference.Gemm;

/// <summary>How a product is cut into work items: blocks of columns, and where those are too few, of rows.</summary>
/// <param name="Rows">MC: rows of a block.</param>
/// <param name="RowBlocks">The number of blocks of rows.</param>
/// <param name="Columns">NC: columns of a block, whole panels except for the last block.</param>
/// <param name="ColumnBlocks">The number of blocks of columns.</param>
internal readonly record struct GemmSplit(int Rows, int RowBlocks, int Columns, int ColumnBlocks)
{
    private const int ItemsPerThread = 4; // so that a thread that starts late or is interrupted costs little
    private const int SmallProduct = 1 << 18; // multiply-adds, about 4 microseconds of work: not worth a second thread

    /// <summary>Threads worth using for the products.</summary>
    public static int Threads(in GemmProblem problem, int threads) =>
        (double)problem.Items * problem.M * problem.N * problem.K < SmallProduct ? 1 : threads;

    /// <summary>Cuts for a number of threads; the results do not depend on the cut.</summary>
    /// <param name="problem">The products.</param>
    /// <param name="tileRows">MR.</param>
    /// <param name="panelWidth">NR.</param>
    /// <param name="largestColumns">The largest NC, whole panels.</param>
    /// <param name="threads">The number of threads.</param>
    public static GemmSplit Choose(in GemmProblem problem, int tileRows, int panelWidth, int largestColumns, int threads)
    {
        int wanted = threads == 1 ? 1 : CeilingDivide(ItemsPerThread * threads, problem.Items);
        int columnBlocks = Math.Max(CeilingDivide(problem.N, largestColumns), Math.Min(wanted, CeilingDivide(problem.N, panelWidth)));
        int columns = RoundUp(CeilingDivide(problem.N, columnBlocks), panelWidth);
        columnBlocks = CeilingDivide(problem.N, columns);

        // Each block of rows packs its columns anew, so rows are cut only as far as the threads need it.
        int rowBlocks = Math.Min(CeilingDivide(wanted / 2, columnBlocks), CeilingDivide(problem.M, tileRows));
        int rows = RoundUp(CeilingDivide(problem.M, Math.Max(1, rowBlocks)), tileRows);
        return new GemmSplit(rows, CeilingDivide(problem.M, rows), columns, columnBlocks);
    }

    private static int CeilingDivide(int value, int by) => (value + by - 1) / by;

    private static int RoundUp(int value, int to) => CeilingDivide(value, to) * to;
}
