using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels;

/// <summary>Maximum over windows, on blocked activations. Padding takes no part; NaN wins.</summary>
internal sealed unsafe class BlockedMaxPool<TSimd, TVector>(PoolGeometry geometry, BlockedLayout input, BlockedLayout output)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes this thread's rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* target, WorkShare share)
    {
        int rows = geometry.Output.Height;
        (int item, int end) = share.Of(geometry.Batch * output.Blocks * rows);
        for (; item < end; item++)
        {
            (int plane, int row) = Math.DivRem(item, rows);
            Row(source + (nint)plane / input.Blocks * input.ImageStride + plane % input.Blocks * (nint)input.PlaneStride + input.Origin, row,
                target + (nint)plane / output.Blocks * output.ImageStride + plane % output.Blocks * (nint)output.PlaneStride + output.Offset(row, 0));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Row(float* plane, int row, float* result)
    {
        (int firstH, int endH) = Inside(row * geometry.Stride.Height - geometry.Padding.Height, geometry.Kernel.Height, geometry.Dilation.Height,
            geometry.Input.Height);
        for (int column = 0; column < geometry.Output.Width; column++, result += ChannelBlock.Size)
        {
            (int firstW, int endW) = Inside(column * geometry.Stride.Width - geometry.Padding.Width, geometry.Kernel.Width,
                geometry.Dilation.Width, geometry.Input.Width);
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                TVector maximum = TSimd.Create(float.NegativeInfinity);
                for (int h = firstH; h < endH; h += geometry.Dilation.Height)
                {
                    float* pixels = plane + h * input.RowStride + lane;
                    for (int w = firstW; w < endW; w += geometry.Dilation.Width)
                        maximum = TSimd.Max(maximum, TSimd.Load(pixels + w * ChannelBlock.Size));
                }
                TSimd.Store(maximum, result + lane);
            }
        }
    }

    /// <summary>The part of a window that lies inside the input: its first element, and behind its last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (int First, int End) Inside(int start, int kernel, int dilation, int size)
    {
        int end = Math.Min(start + (kernel - 1) * dilation + 1, size);
        if (start < 0) start += (-start + dilation - 1) / dilation * dilation;
        return (start, end);
    }
}
