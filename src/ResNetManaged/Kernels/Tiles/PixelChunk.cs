using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Tiles;

/// <summary>Output pixels that a register tile of a weight gradient sums over: rows of one image, or several whole images.</summary>
internal readonly record struct PixelChunk(int Image, int Images, int Row, int Rows)
{
    /// <summary>
    /// Enough pixels that starting a tile and adding it to the sums in memory costs little: a plane of 28 x 28. 256 pixels, whose gradient would stay
    /// in the first-level cache, are 10 % slower (Zen 5, November 2026).
    /// </summary>
    private const int Pixels = 784;

    /// <summary>Cuts a batch as evenly as possible.</summary>
    public static PixelChunk[] Cut(int batch, Size2D plane)
    {
        List<PixelChunk> chunks = [];
        int together = Math.Max(1, Pixels / plane.Area), bands = together > 1 ? 1 : Math.Min(plane.Height, Sizes.CeilingDivide(plane.Area, Pixels));
        int groups = GradientParts.RoundUp(Sizes.CeilingDivide(batch, together), batch);
        for (int group = 0; group < groups; group++)
        {
            (int image, int endImage) = new WorkShare(group, groups).Of(batch);
            for (int band = 0; band < bands; band++)
            {
                (int row, int endRow) = new WorkShare(band, bands).Of(plane.Height);
                chunks.Add(new PixelChunk(image, endImage - image, row, endRow - row));
            }
        }
        return [.. chunks];
    }
}
