using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Tiles;

/// <summary>The tile kernels of one convolution, by vectors of output channels and shape of tile.</summary>
internal sealed unsafe class TileTable
{
    private const int MostVectors = 2, Shapes = 32; // runs of up to 7 pixels, single or paired, along a row or down a column

    private readonly TileFunction[] _kernels = new TileFunction[MostVectors * Shapes];

    private TileTable()
    {
    }

    /// <summary>The kernel that computes a panel's tiles of one shape.</summary>
    /// <param name="vectors">The panel's vectors of output channels, 1 or 2.</param>
    /// <param name="range">The tiles, of a shape that the table was created for.</param>
    public TileFunction this[int vectors, in TileRange range] => _kernels[Index(vectors, range)];

    /// <summary>The kernels for the tiles of a list.</summary>
    /// <param name="tiles">The list.</param>
    /// <param name="stride">Floats from one pixel of a row to the next in the input.</param>
    public static TileTable For<TSimd, TVector>(TileList tiles, int stride)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TileTable table = new();
        foreach (ref readonly TileRange range in tiles.Ranges.AsSpan()) table.Add<TSimd, TVector>(range, stride);
        return table;
    }

    /// <summary>The kernels for the tiles of any list without runs down a column.</summary>
    /// <param name="stride">Floats from one pixel of a row to the next in the input.</param>
    public static TileTable ForRows<TSimd, TVector>(int stride)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TileTable table = new();
        for (int run = 1; run <= TileKernels<TSimd, TVector>.LongestRun; run++)
        {
            table.Add<TSimd, TVector>(new TileRange(run, Down: false, Paired: false, 0, 0), stride);
            table.Add<TSimd, TVector>(new TileRange(run, Down: false, Paired: true, 0, 0), stride);
        }
        return table;
    }

    /// <summary>Forces the JIT to compile the kernels of a list by calling them with zero tiles.</summary>
    /// <param name="tiles">A list of the shapes that the table was created for.</param>
    /// <param name="panels">The panels to compute.</param>
    public void Prepare(TileList tiles, ConvPanels panels)
    {
        for (int vectors = 1; vectors <= MostVectors; vectors++)
        {
            if (!panels.HaveVectors(vectors)) continue;
            foreach (ref readonly TileRange range in tiles.Ranges.AsSpan()) this[vectors, range](default, null, 0);
        }
    }

    private void Add<TSimd, TVector>(in TileRange range, int stride)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        for (int vectors = 1; vectors <= MostVectors; vectors++)
            _kernels[Index(vectors, range)] = TileKernels<TSimd, TVector>.Get(range.Run, range.Paired, vectors, range.Down ? 0 : stride);
    }

    private static int Index(int vectors, in TileRange range) =>
        (vectors - 1) * Shapes + (range.Down ? Shapes / 2 : 0) + 2 * range.Run + (range.Paired ? 1 : 0);
}
