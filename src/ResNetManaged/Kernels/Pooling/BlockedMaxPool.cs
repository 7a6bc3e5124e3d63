using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Pooling;

/// <summary>Maximum over windows, on blocked activations. Padding is ignored, or consists of zeros; NaN wins.</summary>
/// <remarks>The dilation must not exceed the plane: this kernel cannot handle windows that lie entirely in the padding.</remarks>
internal sealed unsafe class BlockedMaxPool<TSimd, TVector>(PoolGeometry geometry, BlockedLayout input, BlockedLayout output, bool padsWithZeros = false)
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes this thread's rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* target, WorkShare share)
    {
        int rows = geometry.Output.Height;
        using AlignedBuffer maxima = AlignedBuffer.Rent(geometry.Input.Width * ChannelBlock.Size);
        (int item, int end) = share.Of(geometry.Batch * output.Blocks * rows);
        for (; item < end; item++)
        {
            (int plane, int row) = Math.DivRem(item, rows);
            Row(source + (nint)plane / input.Blocks * input.ImageStride + plane % input.Blocks * (nint)input.PlaneStride + input.Origin, row,
                target + (nint)plane / output.Blocks * output.ImageStride + plane % output.Blocks * (nint)output.PlaneStride + output.Offset(row, 0), maxima.Pointer);
        }
    }

    /// <summary>First the maximum over each window's rows, along whole rows, then over its columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Row(float* plane, int row, float* result, float* maxima)
    {
        (int firstH, int endH) = geometry.InsideRows(row);
        int width = geometry.Input.Width * ChannelBlock.Size;
        nint down = (nint)geometry.Dilation.Height * input.RowStride;
        float* first = plane + (nint)firstH * input.RowStride;
        for (int i = 0; i < width; i += TSimd.Lanes)
        {
            float* pixel = first + i;
            TVector maximum = TSimd.Load(pixel);
            for (int h = firstH + geometry.Dilation.Height; h < endH; h += geometry.Dilation.Height)
            {
                pixel += down;
                maximum = TSimd.Max(maximum, TSimd.Load(pixel));
            }
            TSimd.Store(maximum, maxima + i);
        }
        MaxPoolColumns<TSimd, TVector>.Run(geometry, maxima, result);
        if (padsWithZeros) IncludeZeros(row, result);
    }

    /// <summary>The larger of 0 and each maximum whose window reads the padding.</summary>
    private void IncludeZeros(int row, float* result)
    {
        bool all = geometry.LeavesRows(row);
        for (int column = 0; column < geometry.Output.Width; column++, result += ChannelBlock.Size)
        {
            if (!all && !geometry.LeavesColumns(column)) continue;
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes) TSimd.Store(TSimd.Relu(TSimd.Load(result + lane)), result + lane);
        }
    }
}
