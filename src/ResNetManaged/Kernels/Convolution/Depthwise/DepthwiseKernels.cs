using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Convolution.Depthwise;

/// <summary>The compiled depthwise kernels of one vector width, by the pixels of a tile and the kind of convolution.</summary>
internal static unsafe class DepthwiseKernels<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>The most pixels of a tile: rows of ImageNet's networks have 7, 14, 28, 56 and 112.</summary>
    public const int LongestTile = 7;

    /// <summary>The kernel for tiles of some pixels.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="pixels">Pixels of a tile, 1 to 7.</param>
    public static DepthwiseFunction Get(in ConvGeometry geometry, int pixels)
    {
        int stride = geometry.Stride.Width * ChannelBlock.Size;
        bool sharesPixels = geometry is { Stride.Width: 1, Dilation.Width: 1 } && TSimd.Registers >= 32;
        return (sharesPixels ? geometry.Kernel.Width : 0, stride) switch
        {
            (3, _) => Get<Const3, Const16>(pixels),
            (5, _) => Get<Const5, Const16>(pixels),
            (7, _) => Get<Const7, Const16>(pixels),
            (_, 16) => Get<Const0, Const16>(pixels),
            (_, 32) => Get<Const0, Const32>(pixels),
            _ => Get<Const0, Const0>(pixels),
        };
    }

    private static DepthwiseFunction Get<TWidth, TStride>(int pixels)
        where TWidth : struct, IConstant
        where TStride : struct, IConstant => pixels switch
        {
            1 => &DepthwiseKernel<TSimd, TVector, Const1, TWidth, TStride>.Run,
            2 => &DepthwiseKernel<TSimd, TVector, Const2, TWidth, TStride>.Run,
            3 => &DepthwiseKernel<TSimd, TVector, Const3, TWidth, TStride>.Run,
            4 => &DepthwiseKernel<TSimd, TVector, Const4, TWidth, TStride>.Run,
            5 => &DepthwiseKernel<TSimd, TVector, Const5, TWidth, TStride>.Run,
            6 => &DepthwiseKernel<TSimd, TVector, Const6, TWidth, TStride>.Run,
            7 => &DepthwiseKernel<TSimd, TVector, Const7, TWidth, TStride>.Run,
            _ => throw new ArgumentOutOfRangeException(nameof(pixels), pixels, "Tiles have 1 to 7 pixels."),
        };
}
