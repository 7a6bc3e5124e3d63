using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Elementwise;

/// <summary>y = relu(x * scale + shift + residual) along one row of a block's pixels.</summary>
internal static unsafe class AffineRow<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Computes a row; whatever is null or false is left out.</summary>
    /// <param name="x">The row's first pixel.</param>
    /// <param name="scale">Scale of the block's 16 channels; or null.</param>
    /// <param name="shift">Shift of the block's 16 channels; null if the scale is.</param>
    /// <param name="residual">The first pixel to add; or null.</param>
    /// <param name="residualScale">Scale of the residual's channels; or null. Needs a scale and a residual.</param>
    /// <param name="residualShift">Shift of the residual's channels; null if its scale is.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="y">The first result; x itself, the residual itself or disjoint from them.</param>
    /// <param name="width">Pixels of the row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(float* x, float* scale, float* shift, float* residual, float* residualScale, float* residualShift, bool relu, float* y, int width)
    {
        nint end = (nint)width * ChannelBlock.Size;
        for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
        {
            TVector factor = default, summand = default, residualFactor = default;
            if (scale != null) (factor, summand) = (TSimd.Load(scale + lane), TSimd.Load(shift + lane));
            if (residualScale != null)
            {
                residualFactor = TSimd.Load(residualScale + lane);
                summand = TSimd.Add(summand, TSimd.Load(residualShift + lane));
            }
            if (scale != null)
            {
                for (nint i = lane; i < end; i += ChannelBlock.Size)
                    Finish(TSimd.MultiplyAdd(TSimd.Load(x + i), factor, summand), residual, residualScale != null, residualFactor, relu, y, i);
            }
            else
            {
                for (nint i = lane; i < end; i += ChannelBlock.Size) Finish(TSimd.Load(x + i), residual, false, default, relu, y, i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(TVector value, float* residual, bool scalesResidual, TVector residualFactor, bool relu, float* y, nint i)
    {
        if (residual != null)
        {
            TVector added = TSimd.Load(residual + i);
            value = scalesResidual ? TSimd.MultiplyAdd(added, residualFactor, value) : TSimd.Add(value, added);
        }
        if (relu) value = TSimd.Relu(value);
        TSimd.Store(value, y + i);
    }
}
