using System.Runtime.CompilerServices;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Tiles;

/// <summary>The register tiles that cover an output plane, in the order in which they are computed.</summary>
/// <remarks>
/// Each row is cut into runs that are as even as possible and no longer than the registers allow. Runs of equal length pair up, first within a row,
/// then with the next row's: a plane of 7 x 7 takes three tiles of two rows and one of a single row; 56 x 56 takes four tiles a row. If registers
/// hold so few pixels that shorter runs are much slower, all runs of a row have full length, and the remaining columns are cut from top to bottom as
/// far as full runs go: 7 x 7 then takes seven tiles of two runs of 3, one of two runs of 2 and one of a run of 3.
/// </remarks>
internal sealed unsafe class TileList
{
    private readonly Tile[] _tiles; // pinned

    private TileList(Tile[] tiles, TileRange[] ranges)
    {
        _tiles = tiles;
        Ranges = ranges;
    }

    /// <summary>Tiles of equal shapes.</summary>
    public TileRange[] Ranges { get; }

    /// <summary>The number of tiles; a copy of the last one follows it, which a kernel may read to prefetch.</summary>
    public int Count => _tiles.Length - 1;

    /// <summary>The tiles, valid as long as this list is reachable.</summary>
    public Tile* Tiles => (Tile*)Unsafe.AsPointer(ref _tiles[0]);

    /// <summary>Covers a plane.</summary>
    /// <param name="size">Output pixels.</param>
    /// <param name="longestRun">Pixels that a run may have, 1 to 7.</param>
    /// <param name="runsGoDown">Whether runs may go down a column.</param>
    /// <param name="offsets">Maps an output pixel's row and column to its offsets in the input, output and residual.</param>
    public static TileList Cover(Size2D size, int longestRun, bool runsGoDown, Func<int, int, (int Input, int Output, int Residual)> offsets)
    {
        int spare = runsGoDown && size.Height >= longestRun ? size.Width % longestRun : 0; // columns cut into runs that go down
        int[] runs = Cut(size.Width - spare, longestRun, alone: size.Height == 1), lastRuns = Cut(size.Width, longestRun, alone: size.Height == 1);
        int endDown = size.Height - size.Height % longestRun;
        List<((int Run, bool Down) Shape, Tile Tile)> tiles = [], found = [];
        Dictionary<(int Run, bool Down), (int Input, int Output, int Residual)> single = []; // a run waiting for another of its shape
        for (int row = 0; row < size.Height; row++)
        {
            int column = 0;
            foreach (int length in row < endDown ? runs : lastRuns)
            {
                Add(length, down: false, row, column);
                column += length;
            }
            if (row % longestRun == longestRun - 1)
                for (; column < size.Width; column++) Add(longestRun, down: true, row - longestRun + 1, column);
            tiles.AddRange(found.OrderBy(tile => tile.Shape.Down).ThenByDescending(tile => tile.Shape.Run));
            found.Clear();
        }

        List<TileRange> ranges = [];
        for (int i = 0; i < tiles.Count; i++)
        {
            if (ranges.Count > 0 && (ranges[^1].Run, ranges[^1].Down) == tiles[i].Shape) ranges[^1] = ranges[^1] with { Count = ranges[^1].Count + 1 };
            else ranges.Add(new TileRange(tiles[i].Shape.Run, tiles[i].Shape.Down, Paired: true, i, 1));
        }
        foreach (((int Run, bool Down) shape, (int input, int output, int residual)) in single.OrderByDescending(pair => pair.Key.Run))
        {
            ranges.Add(new TileRange(shape.Run, shape.Down, Paired: false, tiles.Count, 1));
            tiles.Add((shape, new Tile(input, input, output, output, residual, residual)));
        }
        Tile[] pinned = GC.AllocateUninitializedArray<Tile>(tiles.Count + 1, pinned: true);
        for (int i = 0; i < pinned.Length; i++) pinned[i] = tiles[Math.Min(i, tiles.Count - 1)].Tile;
        return new TileList(pinned, [.. ranges]);

        void Add(int length, bool down, int row, int column)
        {
            (int Input, int Output, int Residual) run = offsets(row, column);
            if (single.Remove((length, down), out (int Input, int Output, int Residual) first))
                found.Add(((length, down), new Tile(first.Input, run.Input, first.Output, run.Output, first.Residual, run.Residual)));
            else
                single.Add((length, down), run);
        }
    }

    /// <summary>
    /// Cuts a row into the fewest runs, as even as possible, longer ones first; a lone row may take one more so that its runs pair up.
    /// </summary>
    /// <param name="width">Pixels of the row.</param>
    /// <param name="longestRun">Pixels that a run may have.</param>
    /// <param name="alone">Whether there is no other row to pair runs with.</param>
    internal static int[] Cut(int width, int longestRun, bool alone)
    {
        int count = Sizes.CeilingDivide(width, longestRun);
        if (alone && count % 2 == 1 && count > 1 && width % (count + 1) == 0) count++; // 16 = 4 + 4 + 4 + 4 rather than 6 + 5 + 5
        int[] runs = new int[count];
        for (int i = 0; i < count; i++) runs[i] = width / count + (i < width % count ? 1 : 0);
        return runs;
    }
}
