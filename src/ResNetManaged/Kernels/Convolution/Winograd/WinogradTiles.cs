using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution.Winograd;

/// <summary>Transformed tiles, <c>[point][C / 16][tiles][16]</c>. Tiles are numbered consecutively across all images.</summary>
internal static unsafe class WinogradTiles
{
    /// <summary>Floats from one block of channels to the next.</summary>
    public static int PlaneStride(int tiles) => CacheStride.Of(tiles * ChannelBlock.Size);

    /// <summary>Floats from one point to the next.</summary>
    public static int PointStride(int blocks, int tiles) => CacheStride.Of(blocks * PlaneStride(tiles));

    /// <summary>B^T d B of some tiles and blocks of channels.</summary>
    /// <param name="input">The images.</param>
    /// <param name="layout">Their layout.</param>
    /// <param name="block">The first block of channels.</param>
    /// <param name="endBlock">One past the last.</param>
    /// <param name="grid">Tiles of an image.</param>
    /// <param name="padding">Pixels by which the first tile starts before its image.</param>
    /// <param name="firstTile">The first tile.</param>
    /// <param name="tiles">The number of tiles.</param>
    /// <param name="points">Receives the transformed tiles, from the first block on.</param>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TransformInput<TSimd, TVector, TTransform>(float* input, BlockedLayout layout, int block, int endBlock, Size2D grid,
        int padding, int firstTile, int tiles, float* points)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
        where TTransform : struct, IWinogradTransform
    {
        float* memory = stackalloc float[WinogradSizes.Points<TTransform>() * ChannelBlock.Size + CacheLine.Floats], rows = CacheLine.Align(memory);
        int planeStride = PlaneStride(tiles), pointStride = PointStride(endBlock - block, tiles);
        for (; block < endBlock; block++, points += planeStride)
        {
            WinogradTileCursor tile = new(grid, firstTile);
            float* target = points;
            for (int i = 0; i < tiles; i++, target += ChannelBlock.Size, tile.MoveNext())
            {
                float* pixels = input + tile.Image * (nint)layout.ImageStride + (nint)block * layout.PlaneStride
                    + layout.Offset(tile.Row * TTransform.OutputTile - padding, tile.Column * TTransform.OutputTile - padding);
                for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                    TTransform.TransformInput<TSimd, TVector>(pixels + lane, layout.RowStride, target + lane, pointStride, rows);
            }
        }
    }
}

/// <summary>A tile's image, row and column.</summary>
internal struct WinogradTileCursor
{
    private readonly Size2D _grid;

    public WinogradTileCursor(Size2D grid, int tile)
    {
        _grid = grid;
        (Image, int inImage) = Math.DivRem(tile, grid.Area);
        (Row, Column) = Math.DivRem(inImage, grid.Width);
    }

    public int Image { get; private set; }

    public int Row { get; private set; }

    public int Column { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // a call would keep the cursor in memory
    public void MoveNext()
    {
        if (++Column < _grid.Width) return;
        Column = 0;
        if (++Row < _grid.Height) return;
        Row = 0;
        Image++;
    }
}
