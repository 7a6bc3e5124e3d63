using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Tiles;

/// <summary>Rows of a weight gradient that one register tile sums: two runs of neighboring floats of the input.</summary>
/// <param name="Offset0">The offset of the first run from a window's first pixel, in floats.</param>
/// <param name="Offset1">The offset of the second run.</param>
/// <param name="Row">The first row of sums; the second run's rows follow the first's.</param>
/// <param name="Run">Rows of a run.</param>
/// <param name="Paired">Whether there is a second run, of the same length.</param>
internal readonly record struct WeightTile(int Offset0, int Offset1, int Row, int Run, bool Paired);

/// <summary>The register tiles that sum a weight gradient's rows, and their compiled kernels.</summary>
internal static unsafe class WeightTiles<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private static int LongestRun => TSimd.Registers >= 32 ? 8 : 4;

    /// <summary>Accumulators that fit the registers along with two vectors of the gradient and a broadcast row.</summary>
    private static int Accumulators => TSimd.Registers >= 32 ? 28 : 12;

    /// <summary>Covers rows with tiles: each tap's rows are cut into runs as even as possible, which pair up if two fit the registers.</summary>
    /// <param name="taps">The offset of each tap's rows, in floats.</param>
    /// <param name="depth">Rows of a tap: consecutive floats of the input.</param>
    /// <param name="vectors">Vectors of output channels, 1 or 2.</param>
    public static WeightTile[] Cover(ReadOnlySpan<int> taps, int depth, int vectors)
    {
        List<WeightTile> tiles = [];
        int[] runs = TileList.Cut(depth, LongestRun, alone: false);
        for (int tap = 0, row = 0; tap < taps.Length; tap++)
        {
            int offset = taps[tap];
            foreach (int run in runs)
            {
                bool pairs = tiles.Count > 0 && !tiles[^1].Paired && tiles[^1].Run == run && 2 * run * vectors <= Accumulators;
                if (pairs) tiles[^1] = tiles[^1] with { Offset1 = offset, Paired = true };
                else tiles.Add(new WeightTile(offset, offset, row, run, Paired: false));
                (offset, row) = (offset + run, row + run);
            }
        }
        return [.. tiles];
    }

    /// <summary>The kernel of one tile shape.</summary>
    public static WeightTileFunction Kernel(WeightTile tile, int vectors) =>
        vectors == 1 ? Kernel<Const1>(tile) : Kernel<Const2>(tile);

    private static WeightTileFunction Kernel<TVectors>(WeightTile tile)
        where TVectors : struct, IConstant => tile.Run switch
        {
            1 => Kernel<Const1, TVectors>(tile.Paired),
            2 => Kernel<Const2, TVectors>(tile.Paired),
            3 => Kernel<Const3, TVectors>(tile.Paired),
            4 => Kernel<Const4, TVectors>(tile.Paired),
            5 => Kernel<Const5, TVectors>(tile.Paired),
            6 => Kernel<Const6, TVectors>(tile.Paired),
            7 => Kernel<Const7, TVectors>(tile.Paired),
            _ => Kernel<Const8, TVectors>(tile.Paired),
        };

    private static WeightTileFunction Kernel<TRun, TVectors>(bool paired)
        where TRun : struct, IConstant
        where TVectors : struct, IConstant => paired
            ? &WeightTileKernel<TSimd, TVector, TRun, TRun, TVectors>.Run
            : &WeightTileKernel<TSimd, TVector, TRun, Const0, TVectors>.Run;
}
