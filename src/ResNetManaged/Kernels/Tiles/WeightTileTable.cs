using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Tiles;

/// <summary>The register tiles of a weight gradient and their kernels, by vectors of output channels.</summary>
internal sealed unsafe class WeightTileTable<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int MostVectors = 2;

    private readonly WeightTile[][] _tiles = new WeightTile[MostVectors][]; // by vectors - 1
    private readonly WeightTileFunction[][] _kernels = new WeightTileFunction[MostVectors][];

    /// <summary>Covers the rows of a pair, a panel and a block.</summary>
    /// <param name="taps">The first row of each tap, in floats.</param>
    /// <param name="depth">Rows of a tap.</param>
    public WeightTileTable(ReadOnlySpan<int> taps, int depth)
    {
        for (int vectors = 1; vectors <= MostVectors; vectors++)
        {
            WeightTile[] tiles = WeightTiles<TSimd, TVector>.Cover(taps, depth, vectors);
            WeightTileFunction[] kernels = new WeightTileFunction[tiles.Length];
            for (int t = 0; t < tiles.Length; t++) kernels[t] = WeightTiles<TSimd, TVector>.Kernel(tiles[t], vectors);
            (_tiles[vectors - 1], _kernels[vectors - 1]) = (tiles, kernels);
        }
    }

    /// <summary>The tiles of a panel's rows.</summary>
    /// <param name="vectors">The panel's vectors of output channels, 1 or 2.</param>
    public WeightTile[] Tiles(int vectors) => _tiles[vectors - 1];

    /// <summary>The kernel of each of <see cref="Tiles"/>.</summary>
    /// <param name="vectors">The panel's vectors of output channels, 1 or 2.</param>
    public WeightTileFunction[] Kernels(int vectors) => _kernels[vectors - 1];

    /// <summary>Forces the JIT to compile the kernels by calling them with zero pixels.</summary>
    /// <param name="panels">The panels to compute.</param>
    public void Prepare(ConvPanels panels)
    {
        float* nowhere = stackalloc float[2 * ChannelBlock.Size * ChannelBlock.Size];
        for (int vectors = 1; vectors <= MostVectors; vectors++)
        {
            if (!panels.HaveVectors(vectors)) continue;
            foreach (WeightTileFunction kernel in Kernels(vectors)) kernel(default, nowhere, nowhere, nowhere, nowhere);
        }
    }
}
