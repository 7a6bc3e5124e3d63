using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution.Direct;

/// <summary>Gathers the pixels that a strided 1 x 1 convolution reads into a dense plane, so that its stride becomes 1.</summary>
/// <remarks>
/// Pixels two cache lines apart use only half of a cache's sets, and each panel of output channels rereads them all: on planes of few pixels and many
/// channels this costs more than a copy, even though every thread makes its own. On larger planes it does not.
/// </remarks>
internal sealed unsafe class BlockedGather
{
    private const int MostPixels = 49; // of an output plane: 7 x 7

    private readonly BlockedLayout _input;
    private readonly ConvGeometry _geometry;

    private BlockedGather(in ConvGeometry geometry, BlockedLayout input)
    {
        (_geometry, _input) = (geometry, input);
        Output = new BlockedLayout(geometry.InChannels, geometry.Output, default);
    }

    /// <summary>The layout of the copy: a plane the size of the convolution's output, without a halo.</summary>
    public BlockedLayout Output { get; }

    /// <summary>Floats of the copy of all images.</summary>
    public int OutputLength => checked(_geometry.Batch * Output.ImageStride);

    /// <summary>The gather that pays off before a convolution; null if none does.</summary>
    public static BlockedGather? Before(in ConvGeometry geometry, BlockedLayout input)
    {
        bool strided = geometry.Kernel == 1 && geometry.Stride != 1 && geometry.Padding.IsNone && input.BlockSize == ChannelBlock.Size;
        return strided && geometry.Output.Area <= MostPixels ? new BlockedGather(geometry, input) : null;
    }

    /// <summary>Copies the pixels of all images.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* target)
    {
        Size2D size = Output.Size;
        nint step = _geometry.Stride.Width * ChannelBlock.Size;
        for (int image = 0; image < _geometry.Batch; image++)
        {
            for (int block = 0; block < Output.Blocks; block++)
            {
                float* to = target + (nint)image * Output.ImageStride + (nint)block * Output.PlaneStride;
                for (int row = 0; row < size.Height; row++)
                {
                    float* from = source + (nint)image * _input.ImageStride + (nint)block * _input.PlaneStride + _input.Offset(row * _geometry.Stride.Height, 0);
                    for (int column = 0; column < size.Width; column++, from += step, to += ChannelBlock.Size)
                        Unsafe.CopyBlockUnaligned(to, from, ChannelBlock.Size * sizeof(float));
                }
            }
        }
    }
}
