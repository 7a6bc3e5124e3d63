using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Pooling;

/// <summary>The mean of each plane: from blocked images to blocked features, <c>[C / 16][N][16]</c>, or to blocked images of one pixel.</summary>
/// <remarks>Each row is summed, then the rows' sums: rounding errors grow with the plane's sides, not with its area.</remarks>
internal sealed unsafe class BlockedGlobalPool<TSimd, TVector>(int images, BlockedLayout input, PixelOfImage output)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes this thread's planes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* target, WorkShare share)
    {
        TVector scale = TSimd.Create(1f / input.Size.Area);
        (int item, int end) = share.Of(images * input.Blocks);
        for (; item < end; item++)
        {
            (int image, int block) = Math.DivRem(item, input.Blocks);
            float* plane = source + (nint)image * input.ImageStride + (nint)block * input.PlaneStride + input.Origin;
            float* result = target + output.Offset(image, block);
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                TVector sum = default;
                for (int h = 0; h < input.Size.Height; h++)
                {
                    float* pixels = plane + (nint)h * input.RowStride + lane;
                    TVector row = default;
                    for (int w = 0; w < input.Size.Width; w++, pixels += ChannelBlock.Size) row = TSimd.Add(row, TSimd.Load(pixels));
                    sum = TSimd.Add(sum, row);
                }
                TSimd.Store(TSimd.Multiply(sum, scale), result + lane);
            }
        }
    }
}
