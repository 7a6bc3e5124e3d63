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
        nint width = (nint)input.Size.Width * ChannelBlock.Size;
        (int start, int end) = share.Of(images * input.Blocks);
        for (int item = end - 1; item >= start; item--) // backward, from the planes that were stored last and may still be in the cache
        {
            (int image, int block) = Math.DivRem(item, input.Blocks);
            float* plane = source + (nint)image * input.ImageStride + (nint)block * input.PlaneStride + input.Origin;
            float* result = target + output.Offset(image, block);
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                TVector sum = default;
                int h = 0;
                for (; h <= input.Size.Height - 4; h += 4) // four rows at a time, whose additions do not wait for each other
                {
                    float* row0 = plane + (nint)h * input.RowStride + lane;
                    float* row1 = row0 + input.RowStride, row2 = row1 + input.RowStride, row3 = row2 + input.RowStride;
                    TVector sum0 = default, sum1 = default, sum2 = default, sum3 = default;
                    for (nint i = 0; i < width; i += ChannelBlock.Size)
                    {
                        sum0 = TSimd.Add(sum0, TSimd.Load(row0 + i));
                        sum1 = TSimd.Add(sum1, TSimd.Load(row1 + i));
                        sum2 = TSimd.Add(sum2, TSimd.Load(row2 + i));
                        sum3 = TSimd.Add(sum3, TSimd.Load(row3 + i));
                    }
                    sum = TSimd.Add(TSimd.Add(TSimd.Add(TSimd.Add(sum, sum0), sum1), sum2), sum3);
                }
                for (; h < input.Size.Height; h++)
                {
                    float* row = plane + (nint)h * input.RowStride + lane;
                    TVector rowSum = default;
                    for (nint i = 0; i < width; i += ChannelBlock.Size) rowSum = TSimd.Add(rowSum, TSimd.Load(row + i));
                    sum = TSimd.Add(sum, rowSum);
                }
                TSimd.Store(TSimd.Multiply(sum, scale), result + lane);
            }
        }
    }
}
