using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Tiles;

/// <summary>The compiled tile kernels of one vector width, by shape.</summary>
internal static unsafe class TileKernels<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>The longest run of pixels whose accumulators fit the registers along with two vectors of weights and a broadcast pixel.</summary>
    public static int LongestRun => TSimd.Registers >= 32 ? 7 : 3;

    /// <summary>Whether runs may go down a column: kernels with long runs are compiled for pixels of a row.</summary>
    public static bool RunsGoDown => TSimd.Registers < 32;

    /// <summary>The kernel of one tile shape.</summary>
    /// <param name="run">Pixels of a run, 1 to 7.</param>
    /// <param name="paired">Whether the tile has a second run of the same length.</param>
    /// <param name="vectors">Vectors of output channels, 1 or 2.</param>
    /// <param name="stride">
    /// Floats from one pixel of a run to the next in the input: 1, 2, 16 or 32; ignored for one-pixel runs. 0 if the call provides it, which requires
    /// <see cref="RunsGoDown"/>.
    /// </param>
    public static TileFunction Get(int run, bool paired, int vectors, int stride) => stride switch
    {
        0 => Get<Const0>(run, paired, vectors),
        1 => Get<Const1>(run, paired, vectors),
        2 => Get<Const2>(run, paired, vectors),
        32 => Get<Const32>(run, paired, vectors),
        16 => Get<Const16>(run, paired, vectors),
        _ when run == 1 => Get<Const16>(run, paired, vectors),
        _ => throw new ArgumentOutOfRangeException(nameof(stride), stride, "There are tile kernels for strides of 1, 2, 16 and 32 floats."),
    };

    private static TileFunction Get<TStride>(int run, bool paired, int vectors)
        where TStride : struct, IConstant =>
        vectors == 1 ? Get<Const1, TStride>(run, paired) : Get<Const2, TStride>(run, paired);

    private static TileFunction Get<TVectors, TStride>(int run, bool paired)
        where TVectors : struct, IConstant
        where TStride : struct, IConstant => run switch
        {
            1 => Get<Const1, TVectors, TStride>(paired),
            2 => Get<Const2, TVectors, TStride>(paired),
            3 => Get<Const3, TVectors, TStride>(paired),
            4 => Get<Const4, TVectors, TStride>(paired),
            5 => Get<Const5, TVectors, TStride>(paired),
            6 => Get<Const6, TVectors, TStride>(paired),
            7 => Get<Const7, TVectors, TStride>(paired),
            _ => throw new ArgumentOutOfRangeException(nameof(run), run, "Runs have 1 to 7 pixels."),
        };

    private static TileFunction Get<TRun, TVectors, TStride>(bool paired)
        where TRun : struct, IConstant
        where TVectors : struct, IConstant
        where TStride : struct, IConstant
    {
        if (TSimd.Registers < 32)
        {
            return paired
                ? &SmallTileKernel<TSimd, TVector, TRun, TRun, TVectors, TStride>.Run
                : &SmallTileKernel<TSimd, TVector, TRun, Const0, TVectors, TStride>.Run;
        }
        return paired
            ? &TileKernel<TSimd, TVector, TRun, TRun, TVectors, TStride>.Run
            : &TileKernel<TSimd, TVector, TRun, Const0, TVectors, TStride>.Run;
    }
}
