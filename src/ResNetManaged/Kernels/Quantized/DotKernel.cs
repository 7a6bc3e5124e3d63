using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Quantized.Dots;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Quantized;

/// <summary>The innermost loop of quantized convolutions and linear layers: a run of up to 7 pixels times one or two vectors of output channels.</summary>
/// <remarks>
/// Sums are exact integers, so neither the instruction set nor the shape of a tile changes one. The epilogue multiplies and adds in float32 and
/// rounds after each, never fused, so its results are the same everywhere too: y = sum * factor + shift, then + residual * its factor, then limits,
/// then rounding to the nearest integer, ties to even.
/// </remarks>
/// <typeparam name="TDot">The instructions that sum products.</typeparam>
/// <typeparam name="TSums">Their vector of sums.</typeparam>
/// <typeparam name="TSimd">The width of the epilogue, with as many lanes.</typeparam>
/// <typeparam name="TVector">Its vector.</typeparam>
/// <typeparam name="TRun">Pixels of a run, 1 to 7.</typeparam>
/// <typeparam name="TVectors">Vectors of output channels, 1 or 2.</typeparam>
internal static unsafe class DotKernel<TDot, TSums, TSimd, TVector, TRun, TVectors>
    where TDot : struct, IDot<TSums>
    where TSums : struct
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TRun : struct, IConstant
    where TVectors : struct, IConstant
{
    private const int GroupSize = QuantizedPanels.GroupSize;

    /// <summary>Computes <paramref name="count"/> tiles.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in DotCall call, DotTile* tile, int count)
    {
        int* sums = stackalloc int[TRun.Value * TDot.Lanes];
        int* tapsEnd = call.Taps + call.TapCount;
        int groups = call.Groups;
        nint stride = call.PixelStride, stride3 = 3 * stride, prefetchStep = call.PrefetchStep;
        sbyte* prefetch = call.Prefetch;
        int weightStep = TVectors.Value * TDot.Lanes * GroupSize;
        for (DotTile* end = tile + count; tile < end; tile++)
        {
            TSums start0 = TDot.Load(call.Start), start1 = TVectors.Value < 2 ? default : TDot.Load(call.Start + TDot.Lanes);
            TSums s00 = start0, s01 = start1, s10 = start0, s11 = start1, s20 = start0, s21 = start1, s30 = start0, s31 = start1, s40 = start0, s41 = start1, s50 = start0, s51 = start1, s60 = start0, s61 = start1;
            sbyte* weights = call.Weights;
            byte* first = call.Input + tile->Input;
            for (int* tap = call.Taps; tap < tapsEnd; tap++)
            {
                byte* x = first + *tap, x4 = x + 4 * stride;
                for (int left = groups; left > 0; left -= 2)
                {
                    TSums w00 = TDot.Weights(weights), w01 = TVectors.Value < 2 ? default : TDot.Weights(weights + TDot.Lanes * GroupSize);
                    TSums w10 = TDot.Weights(weights + weightStep);
                    TSums w11 = TVectors.Value < 2 ? default : TDot.Weights(weights + weightStep + TDot.Lanes * GroupSize);
                    if (TRun.Value > 0)
                    {
                        byte* pixel = x;
                        TSums x0 = TDot.Pixel(pixel), x1 = TDot.Pixel(pixel + GroupSize);
                        s00 = TDot.MultiplyAdd(s00, x0, x1, w00, w10);
                        if (TVectors.Value > 1) s01 = TDot.MultiplyAdd(s01, x0, x1, w01, w11);
                    }
                    if (TRun.Value > 1)
                    {
                        byte* pixel = x + stride;
                        TSums x0 = TDot.Pixel(pixel), x1 = TDot.Pixel(pixel + GroupSize);
                        s10 = TDot.MultiplyAdd(s10, x0, x1, w00, w10);
                        if (TVectors.Value > 1) s11 = TDot.MultiplyAdd(s11, x0, x1, w01, w11);
                    }
                    if (TRun.Value > 2)
                    {
                        byte* pixel = x + 2 * stride;
                        TSums x0 = TDot.Pixel(pixel), x1 = TDot.Pixel(pixel + GroupSize);
                        s20 = TDot.MultiplyAdd(s20, x0, x1, w00, w10);
                        if (TVectors.Value > 1) s21 = TDot.MultiplyAdd(s21, x0, x1, w01, w11);
                    }
                    if (TRun.Value > 3)
                    {
                        byte* pixel = x + stride3;
                        TSums x0 = TDot.Pixel(pixel), x1 = TDot.Pixel(pixel + GroupSize);
                        s30 = TDot.MultiplyAdd(s30, x0, x1, w00, w10);
                        if (TVectors.Value > 1) s31 = TDot.MultiplyAdd(s31, x0, x1, w01, w11);
                    }
                    if (TRun.Value > 4)
                    {
                        byte* pixel = x4;
                        TSums x0 = TDot.Pixel(pixel), x1 = TDot.Pixel(pixel + GroupSize);
                        s40 = TDot.MultiplyAdd(s40, x0, x1, w00, w10);
                        if (TVectors.Value > 1) s41 = TDot.MultiplyAdd(s41, x0, x1, w01, w11);
                    }
                    if (TRun.Value > 5)
                    {
                        byte* pixel = x4 + stride;
                        TSums x0 = TDot.Pixel(pixel), x1 = TDot.Pixel(pixel + GroupSize);
                        s50 = TDot.MultiplyAdd(s50, x0, x1, w00, w10);
                        if (TVectors.Value > 1) s51 = TDot.MultiplyAdd(s51, x0, x1, w01, w11);
                    }
                    if (TRun.Value > 6)
                    {
                        byte* pixel = x4 + 2 * stride;
                        TSums x0 = TDot.Pixel(pixel), x1 = TDot.Pixel(pixel + GroupSize);
                        s60 = TDot.MultiplyAdd(s60, x0, x1, w00, w10);
                        if (TVectors.Value > 1) s61 = TDot.MultiplyAdd(s61, x0, x1, w01, w11);
                    }
                    weights += 2 * weightStep;
                    x += 2 * GroupSize;
                    x4 += 2 * GroupSize;
                    if (Sse.IsSupported) Sse.Prefetch1(prefetch);
                    prefetch += prefetchStep;
                }
            }

            if (TRun.Value > 0) TDot.Store(s00, sums + 0 * TDot.Lanes);
            if (TRun.Value > 1) TDot.Store(s10, sums + 1 * TDot.Lanes);
            if (TRun.Value > 2) TDot.Store(s20, sums + 2 * TDot.Lanes);
            if (TRun.Value > 3) TDot.Store(s30, sums + 3 * TDot.Lanes);
            if (TRun.Value > 4) TDot.Store(s40, sums + 4 * TDot.Lanes);
            if (TRun.Value > 5) TDot.Store(s50, sums + 5 * TDot.Lanes);
            if (TRun.Value > 6) TDot.Store(s60, sums + 6 * TDot.Lanes);
            Finish(call, tile, sums, vector: 0);
            if (TVectors.Value < 2) continue;
            if (TRun.Value > 0) TDot.Store(s01, sums + 0 * TDot.Lanes);
            if (TRun.Value > 1) TDot.Store(s11, sums + 1 * TDot.Lanes);
            if (TRun.Value > 2) TDot.Store(s21, sums + 2 * TDot.Lanes);
            if (TRun.Value > 3) TDot.Store(s31, sums + 3 * TDot.Lanes);
            if (TRun.Value > 4) TDot.Store(s41, sums + 4 * TDot.Lanes);
            if (TRun.Value > 5) TDot.Store(s51, sums + 5 * TDot.Lanes);
            if (TRun.Value > 6) TDot.Store(s61, sums + 6 * TDot.Lanes);
            Finish(call, tile, sums, vector: 1);
        }
    }

    /// <summary>The epilogue of one vector of channels of a run.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(in DotCall call, DotTile* tile, int* sums, int vector)
    {
        TVector factor = TSimd.Load(call.Factor + vector * TDot.Lanes), shift = TSimd.Load(call.Shift + vector * TDot.Lanes);
        TVector residualFactor = TSimd.Create(call.ResidualFactor), low = TSimd.Create(call.Low), high = TSimd.Create(call.High);
        nint output = tile->Output + vector * call.OutputVectorStride, residual = tile->Residual + vector * call.ResidualVectorStride;
        for (int i = 0; i < TRun.Value; i++)
        {
            TVector y = TSimd.Add(TSimd.Multiply(TSimd.LoadIntegers(sums + i * TDot.Lanes), factor), shift);
            if (call.Residual != null) y = TSimd.Add(y, TSimd.Multiply(TSimd.LoadBytes(call.Residual + residual), residualFactor));
            y = TSimd.Clamp(y, low, high);
            if (call.Bytes != null) TSimd.StoreBytes(y, call.ZeroPoint, call.Bytes + output);
            else TSimd.Store(y, call.Floats + output);
            output += ChannelBlock.Size;
            residual += ChannelBlock.Size;
        }
    }
}
