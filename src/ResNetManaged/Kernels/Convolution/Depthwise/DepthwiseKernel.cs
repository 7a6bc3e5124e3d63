using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Convolution.Depthwise;

/// <summary>The innermost loop of depthwise convolutions: one vector of channels of up to seven pixels of a row in registers.</summary>
/// <remarks>
/// Each channel has its own weights, so a product needs a pixel and a weight of the same channels, and nothing is broadcast. For kernels of 3, 5 or
/// 7 columns and neighboring pixels, a kernel row's pixels are loaded once and serve all taps: 7 + 2 loads for 21 products. With 16 registers they
/// do not fit, and each product reads its pixel from the first-level cache. Each pixel sums its products in the order of the taps, beginning with
/// the bias, so neither the tile's shape nor threads nor the vector width change a bit. The code is unrolled because an array of accumulators would
/// live in memory.
/// </remarks>
/// <typeparam name="TSimd">The vector width.</typeparam>
/// <typeparam name="TVector">Its vector.</typeparam>
/// <typeparam name="TPixels">Pixels of a tile, 1 to 7.</typeparam>
/// <typeparam name="TWidth">
/// Columns of the kernel, 3, 5 or 7, if neighboring taps and pixels are a block apart; 0 for any kernel and stride.
/// </typeparam>
/// <typeparam name="TStride">Floats from one pixel to the next in the input; 0 if the call provides it.</typeparam>
internal static unsafe class DepthwiseKernel<TSimd, TVector, TPixels, TWidth, TStride>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TPixels : struct, IConstant
    where TWidth : struct, IConstant
    where TStride : struct, IConstant
{
    private const int Block = ChannelBlock.Size;

    /// <summary>Computes some rows of tiles; tiles of a row are next to each other.</summary>
    /// <param name="call">What to read and write.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="tiles">The number of tiles in each row.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in DepthwiseCall call, int rows, int tiles)
    {
        TVector bias = TSimd.Load(call.Bias);
        float* inputRow = call.Input, residualRow = call.Residual, outputRow = call.Output;
        nint stride = TStride.Value > 0 ? TStride.Value : call.PixelStride, tapRowStride = call.TapRowStride, tapStride = call.TapStride;
        int kernelHeight = call.KernelHeight, kernelWidth = call.KernelWidth;
        bool relu = call.Relu;
        for (; rows > 0; rows--)
        {
            float* input = inputRow, residual = residualRow, output = outputRow;
            for (int left = tiles; left > 0; left--)
            {
                TVector a0 = bias, a1 = bias, a2 = bias, a3 = bias, a4 = bias, a5 = bias, a6 = bias;
                float* weights = call.Weights, tap = input;
                for (int kh = kernelHeight; kh > 0; kh--, tap += tapRowStride)
                {
                    if (TWidth.Value == 0)
                    {
                        float* x = tap;
                        for (int kw = kernelWidth; kw > 0; kw--, x += tapStride, weights += Block)
                        {
                            TVector w = TSimd.Load(weights);
                            a0 = TSimd.MultiplyAdd(TSimd.Load(x), w, a0);
                            if (TPixels.Value > 1) a1 = TSimd.MultiplyAdd(TSimd.Load(x + stride), w, a1);
                            if (TPixels.Value > 2) a2 = TSimd.MultiplyAdd(TSimd.Load(x + 2 * stride), w, a2);
                            if (TPixels.Value > 3) a3 = TSimd.MultiplyAdd(TSimd.Load(x + 3 * stride), w, a3);
                            if (TPixels.Value > 4) a4 = TSimd.MultiplyAdd(TSimd.Load(x + 4 * stride), w, a4);
                            if (TPixels.Value > 5) a5 = TSimd.MultiplyAdd(TSimd.Load(x + 5 * stride), w, a5);
                            if (TPixels.Value > 6) a6 = TSimd.MultiplyAdd(TSimd.Load(x + 6 * stride), w, a6);
                        }
                    }
                    else
                    {
                        TVector x0 = TSimd.Load(tap);
                        TVector x1 = TSimd.Load(tap + Block);
                        TVector x2 = TSimd.Load(tap + 2 * Block);
                        TVector x3 = TPixels.Value + TWidth.Value > 4 ? TSimd.Load(tap + 3 * Block) : default;
                        TVector x4 = TPixels.Value + TWidth.Value > 5 ? TSimd.Load(tap + 4 * Block) : default;
                        TVector x5 = TPixels.Value + TWidth.Value > 6 ? TSimd.Load(tap + 5 * Block) : default;
                        TVector x6 = TPixels.Value + TWidth.Value > 7 ? TSimd.Load(tap + 6 * Block) : default;
                        TVector x7 = TPixels.Value + TWidth.Value > 8 ? TSimd.Load(tap + 7 * Block) : default;
                        TVector x8 = TPixels.Value + TWidth.Value > 9 ? TSimd.Load(tap + 8 * Block) : default;
                        TVector x9 = TPixels.Value + TWidth.Value > 10 ? TSimd.Load(tap + 9 * Block) : default;
                        TVector x10 = TPixels.Value + TWidth.Value > 11 ? TSimd.Load(tap + 10 * Block) : default;
                        TVector x11 = TPixels.Value + TWidth.Value > 12 ? TSimd.Load(tap + 11 * Block) : default;
                        TVector x12 = TPixels.Value + TWidth.Value > 13 ? TSimd.Load(tap + 12 * Block) : default;
                        TVector w0 = TSimd.Load(weights);
                        a0 = TSimd.MultiplyAdd(x0, w0, a0);
                        if (TPixels.Value > 1) a1 = TSimd.MultiplyAdd(x1, w0, a1);
                        if (TPixels.Value > 2) a2 = TSimd.MultiplyAdd(x2, w0, a2);
                        if (TPixels.Value > 3) a3 = TSimd.MultiplyAdd(x3, w0, a3);
                        if (TPixels.Value > 4) a4 = TSimd.MultiplyAdd(x4, w0, a4);
                        if (TPixels.Value > 5) a5 = TSimd.MultiplyAdd(x5, w0, a5);
                        if (TPixels.Value > 6) a6 = TSimd.MultiplyAdd(x6, w0, a6);
                        TVector w1 = TSimd.Load(weights + Block);
                        a0 = TSimd.MultiplyAdd(x1, w1, a0);
                        if (TPixels.Value > 1) a1 = TSimd.MultiplyAdd(x2, w1, a1);
                        if (TPixels.Value > 2) a2 = TSimd.MultiplyAdd(x3, w1, a2);
                        if (TPixels.Value > 3) a3 = TSimd.MultiplyAdd(x4, w1, a3);
                        if (TPixels.Value > 4) a4 = TSimd.MultiplyAdd(x5, w1, a4);
                        if (TPixels.Value > 5) a5 = TSimd.MultiplyAdd(x6, w1, a5);
                        if (TPixels.Value > 6) a6 = TSimd.MultiplyAdd(x7, w1, a6);
                        TVector w2 = TSimd.Load(weights + 2 * Block);
                        a0 = TSimd.MultiplyAdd(x2, w2, a0);
                        if (TPixels.Value > 1) a1 = TSimd.MultiplyAdd(x3, w2, a1);
                        if (TPixels.Value > 2) a2 = TSimd.MultiplyAdd(x4, w2, a2);
                        if (TPixels.Value > 3) a3 = TSimd.MultiplyAdd(x5, w2, a3);
                        if (TPixels.Value > 4) a4 = TSimd.MultiplyAdd(x6, w2, a4);
                        if (TPixels.Value > 5) a5 = TSimd.MultiplyAdd(x7, w2, a5);
                        if (TPixels.Value > 6) a6 = TSimd.MultiplyAdd(x8, w2, a6);
                        if (TWidth.Value > 3)
                        {
                            TVector w3 = TSimd.Load(weights + 3 * Block);
                            a0 = TSimd.MultiplyAdd(x3, w3, a0);
                            if (TPixels.Value > 1) a1 = TSimd.MultiplyAdd(x4, w3, a1);
                            if (TPixels.Value > 2) a2 = TSimd.MultiplyAdd(x5, w3, a2);
                            if (TPixels.Value > 3) a3 = TSimd.MultiplyAdd(x6, w3, a3);
                            if (TPixels.Value > 4) a4 = TSimd.MultiplyAdd(x7, w3, a4);
                            if (TPixels.Value > 5) a5 = TSimd.MultiplyAdd(x8, w3, a5);
                            if (TPixels.Value > 6) a6 = TSimd.MultiplyAdd(x9, w3, a6);
                            TVector w4 = TSimd.Load(weights + 4 * Block);
                            a0 = TSimd.MultiplyAdd(x4, w4, a0);
                            if (TPixels.Value > 1) a1 = TSimd.MultiplyAdd(x5, w4, a1);
                            if (TPixels.Value > 2) a2 = TSimd.MultiplyAdd(x6, w4, a2);
                            if (TPixels.Value > 3) a3 = TSimd.MultiplyAdd(x7, w4, a3);
                            if (TPixels.Value > 4) a4 = TSimd.MultiplyAdd(x8, w4, a4);
                            if (TPixels.Value > 5) a5 = TSimd.MultiplyAdd(x9, w4, a5);
                            if (TPixels.Value > 6) a6 = TSimd.MultiplyAdd(x10, w4, a6);
                        }
                        if (TWidth.Value > 5)
                        {
                            TVector w5 = TSimd.Load(weights + 5 * Block);
                            a0 = TSimd.MultiplyAdd(x5, w5, a0);
                            if (TPixels.Value > 1) a1 = TSimd.MultiplyAdd(x6, w5, a1);
                            if (TPixels.Value > 2) a2 = TSimd.MultiplyAdd(x7, w5, a2);
                            if (TPixels.Value > 3) a3 = TSimd.MultiplyAdd(x8, w5, a3);
                            if (TPixels.Value > 4) a4 = TSimd.MultiplyAdd(x9, w5, a4);
                            if (TPixels.Value > 5) a5 = TSimd.MultiplyAdd(x10, w5, a5);
                            if (TPixels.Value > 6) a6 = TSimd.MultiplyAdd(x11, w5, a6);
                            TVector w6 = TSimd.Load(weights + 6 * Block);
                            a0 = TSimd.MultiplyAdd(x6, w6, a0);
                            if (TPixels.Value > 1) a1 = TSimd.MultiplyAdd(x7, w6, a1);
                            if (TPixels.Value > 2) a2 = TSimd.MultiplyAdd(x8, w6, a2);
                            if (TPixels.Value > 3) a3 = TSimd.MultiplyAdd(x9, w6, a3);
                            if (TPixels.Value > 4) a4 = TSimd.MultiplyAdd(x10, w6, a4);
                            if (TPixels.Value > 5) a5 = TSimd.MultiplyAdd(x11, w6, a5);
                            if (TPixels.Value > 6) a6 = TSimd.MultiplyAdd(x12, w6, a6);
                        }
                        weights += TWidth.Value * Block;
                    }
                }
                if (residual != null)
                {
                    a0 = TSimd.Add(a0, TSimd.Load(residual));
                    if (TPixels.Value > 1) a1 = TSimd.Add(a1, TSimd.Load(residual + Block));
                    if (TPixels.Value > 2) a2 = TSimd.Add(a2, TSimd.Load(residual + 2 * Block));
                    if (TPixels.Value > 3) a3 = TSimd.Add(a3, TSimd.Load(residual + 3 * Block));
                    if (TPixels.Value > 4) a4 = TSimd.Add(a4, TSimd.Load(residual + 4 * Block));
                    if (TPixels.Value > 5) a5 = TSimd.Add(a5, TSimd.Load(residual + 5 * Block));
                    if (TPixels.Value > 6) a6 = TSimd.Add(a6, TSimd.Load(residual + 6 * Block));
                    residual += TPixels.Value * Block;
                }
                if (relu)
                {
                    a0 = TSimd.Relu(a0);
                    if (TPixels.Value > 1) a1 = TSimd.Relu(a1);
                    if (TPixels.Value > 2) a2 = TSimd.Relu(a2);
                    if (TPixels.Value > 3) a3 = TSimd.Relu(a3);
                    if (TPixels.Value > 4) a4 = TSimd.Relu(a4);
                    if (TPixels.Value > 5) a5 = TSimd.Relu(a5);
                    if (TPixels.Value > 6) a6 = TSimd.Relu(a6);
                }
                TSimd.Store(a0, output);
                if (TPixels.Value > 1) TSimd.Store(a1, output + Block);
                if (TPixels.Value > 2) TSimd.Store(a2, output + 2 * Block);
                if (TPixels.Value > 3) TSimd.Store(a3, output + 3 * Block);
                if (TPixels.Value > 4) TSimd.Store(a4, output + 4 * Block);
                if (TPixels.Value > 5) TSimd.Store(a5, output + 5 * Block);
                if (TPixels.Value > 6) TSimd.Store(a6, output + 6 * Block);
                input += TPixels.Value * stride;
                output += TPixels.Value * Block;
            }
            inputRow += call.InputRowStride;
            outputRow += call.OutputRowStride;
            if (residualRow != null) residualRow += call.ResidualRowStride;
        }
    }
}
