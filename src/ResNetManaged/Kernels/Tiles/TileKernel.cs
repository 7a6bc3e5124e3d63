using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Tiles;

/// <summary>The innermost loop of blocked convolutions, Winograd products and linear layers on machines with 32 vector registers.</summary>
/// <remarks>
/// A register tile holds up to 14 pixels in two runs of at most 7, times one or two vectors of output channels: 28 accumulators, which with two
/// vectors of weights and one broadcast pixel make 31 of AVX-512's 32 registers. With 16 registers
/// <see cref="SmallTileKernel{TSimd, TVector, TFirst, TSecond, TVectors, TStride}"/> takes its place; products of groups narrower than a vector have
/// <c>GroupKernel</c>, weight gradients <see cref="WeightTileKernel{TSimd, TVector, TFirst, TSecond, TVectors}"/> and, for linear layers,
/// <c>BlockedLinearGradient</c>; the reference GEMM has four tiles, <c>Tile4x1</c> to <c>Tile8x3</c>. Pixels of a run are
/// <typeparamref name="TStride"/> floats apart in the input. Each output element sums its products in the order of the taps, so neither the tile's
/// shape nor threads nor batches change a bit. The code is unrolled because an array of accumulators would live in memory.
/// </remarks>
/// <typeparam name="TSimd">The vector width.</typeparam>
/// <typeparam name="TVector">Its vector.</typeparam>
/// <typeparam name="TFirst">Pixels of the first run, 1 to 7.</typeparam>
/// <typeparam name="TSecond">Pixels of the second run, 0 to 7.</typeparam>
/// <typeparam name="TVectors">Vectors of output channels, 1 or 2.</typeparam>
/// <typeparam name="TStride">Floats from one pixel to the next in the input.</typeparam>
internal static unsafe class TileKernel<TSimd, TVector, TFirst, TSecond, TVectors, TStride>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
    where TFirst : struct, IConstant
    where TSecond : struct, IConstant
    where TVectors : struct, IConstant
    where TStride : struct, IConstant
{
    /// <summary>Computes <paramref name="count"/> tiles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in TileCall call, Tile* tile, int count)
    {
        int* taps = call.Taps, tapsEnd = taps + call.TapCount;
        int depth = call.Depth;
        byte* prefetch = call.Prefetch;
        nint prefetchStep = call.PrefetchStep, nextStep = call.TapsAhead == 1 ? TStride.Value : 0;
        for (Tile* end = tile + count; tile < end; tile++)
        {
            TVector bias0 = call.Bias == null ? default : TSimd.Load(call.Bias);
            TVector bias1 = TVectors.Value < 2 || call.Bias == null ? default : TSimd.Load(call.Bias + TSimd.Lanes);
            TVector a00 = bias0, a01 = bias1, a10 = bias0, a11 = bias1, a20 = bias0, a21 = bias1, a30 = bias0, a31 = bias1,
                a40 = bias0, a41 = bias1, a50 = bias0, a51 = bias1, a60 = bias0, a61 = bias1;
            TVector b00 = bias0, b01 = bias1, b10 = bias0, b11 = bias1, b20 = bias0, b21 = bias1, b30 = bias0, b31 = bias1,
                b40 = bias0, b41 = bias1, b50 = bias0, b51 = bias1, b60 = bias0, b61 = bias1;

            float* weights = call.Weights, first = call.Input + tile->Input0, second = call.Input + tile->Input1;
            int epilogue = 0; // which of the epilogue's lines to prefetch next
            for (int* tap = taps; tap < tapsEnd; tap++)
            {
                float* x0 = first + *tap, x1 = second + *tap;
                float* next = tap + 1 < tapsEnd ? first + tap[1] : call.Input + tile[1].Input0 + *taps;
                float* line = call.EpilogueLine(tile, epilogue++, out nint lineStep);
                for (int left = depth; left > 0; left--)
                {
                    TVector w0 = TSimd.Load(weights), w1 = TVectors.Value < 2 ? default : TSimd.Load(weights + TSimd.Lanes), x;
                    if (TFirst.Value > 0)
                    {
                        x = TSimd.Create(*x0);
                        a00 = TSimd.MultiplyAdd(x, w0, a00);
                        if (TVectors.Value > 1) a01 = TSimd.MultiplyAdd(x, w1, a01);
                    }
                    if (TFirst.Value > 1)
                    {
                        x = TSimd.Create(x0[TStride.Value]);
                        a10 = TSimd.MultiplyAdd(x, w0, a10);
                        if (TVectors.Value > 1) a11 = TSimd.MultiplyAdd(x, w1, a11);
                    }
                    if (TFirst.Value > 2)
                    {
                        x = TSimd.Create(x0[2 * TStride.Value]);
                        a20 = TSimd.MultiplyAdd(x, w0, a20);
                        if (TVectors.Value > 1) a21 = TSimd.MultiplyAdd(x, w1, a21);
                    }
                    if (TFirst.Value > 3)
                    {
                        x = TSimd.Create(x0[3 * TStride.Value]);
                        a30 = TSimd.MultiplyAdd(x, w0, a30);
                        if (TVectors.Value > 1) a31 = TSimd.MultiplyAdd(x, w1, a31);
                    }
                    if (TFirst.Value > 4)
                    {
                        x = TSimd.Create(x0[4 * TStride.Value]);
                        a40 = TSimd.MultiplyAdd(x, w0, a40);
                        if (TVectors.Value > 1) a41 = TSimd.MultiplyAdd(x, w1, a41);
                    }
                    if (TFirst.Value > 5)
                    {
                        x = TSimd.Create(x0[5 * TStride.Value]);
                        a50 = TSimd.MultiplyAdd(x, w0, a50);
                        if (TVectors.Value > 1) a51 = TSimd.MultiplyAdd(x, w1, a51);
                    }
                    if (TFirst.Value > 6)
                    {
                        x = TSimd.Create(x0[6 * TStride.Value]);
                        a60 = TSimd.MultiplyAdd(x, w0, a60);
                        if (TVectors.Value > 1) a61 = TSimd.MultiplyAdd(x, w1, a61);
                    }
                    if (TSecond.Value > 0)
                    {
                        x = TSimd.Create(*x1);
                        b00 = TSimd.MultiplyAdd(x, w0, b00);
                        if (TVectors.Value > 1) b01 = TSimd.MultiplyAdd(x, w1, b01);
                    }
                    if (TSecond.Value > 1)
                    {
                        x = TSimd.Create(x1[TStride.Value]);
                        b10 = TSimd.MultiplyAdd(x, w0, b10);
                        if (TVectors.Value > 1) b11 = TSimd.MultiplyAdd(x, w1, b11);
                    }
                    if (TSecond.Value > 2)
                    {
                        x = TSimd.Create(x1[2 * TStride.Value]);
                        b20 = TSimd.MultiplyAdd(x, w0, b20);
                        if (TVectors.Value > 1) b21 = TSimd.MultiplyAdd(x, w1, b21);
                    }
                    if (TSecond.Value > 3)
                    {
                        x = TSimd.Create(x1[3 * TStride.Value]);
                        b30 = TSimd.MultiplyAdd(x, w0, b30);
                        if (TVectors.Value > 1) b31 = TSimd.MultiplyAdd(x, w1, b31);
                    }
                    if (TSecond.Value > 4)
                    {
                        x = TSimd.Create(x1[4 * TStride.Value]);
                        b40 = TSimd.MultiplyAdd(x, w0, b40);
                        if (TVectors.Value > 1) b41 = TSimd.MultiplyAdd(x, w1, b41);
                    }
                    if (TSecond.Value > 5)
                    {
                        x = TSimd.Create(x1[5 * TStride.Value]);
                        b50 = TSimd.MultiplyAdd(x, w0, b50);
                        if (TVectors.Value > 1) b51 = TSimd.MultiplyAdd(x, w1, b51);
                    }
                    if (TSecond.Value > 6)
                    {
                        x = TSimd.Create(x1[6 * TStride.Value]);
                        b60 = TSimd.MultiplyAdd(x, w0, b60);
                        if (TVectors.Value > 1) b61 = TSimd.MultiplyAdd(x, w1, b61);
                    }
                    weights += TVectors.Value * TSimd.Lanes;
                    x0++;
                    x1++;
                    if (Sse.IsSupported) Sse.Prefetch1(prefetch);
                    prefetch += prefetchStep;
                    if (Sse.IsSupported) Sse.Prefetch0(next);
                    next += nextStep;
                    if (Sse.IsSupported) Sse.Prefetch0(line);
                    line += lineStep;
                }
            }

            float* output = call.Output + tile->Output0, residual = call.Residual == null ? null : call.Residual + tile->Residual0;
            Store<TFirst>(a00, a10, a20, a30, a40, a50, a60, output, residual, call);
            if (TVectors.Value > 1)
            {
                Store<TFirst>(a01, a11, a21, a31, a41, a51, a61, output + call.OutputVectorStride,
                    residual == null ? null : residual + call.ResidualVectorStride, call);
            }
            if (TSecond.Value == 0) continue;
            output = call.Output + tile->Output1;
            residual = call.Residual == null ? null : call.Residual + tile->Residual1;
            Store<TSecond>(b00, b10, b20, b30, b40, b50, b60, output, residual, call);
            if (TVectors.Value > 1)
            {
                Store<TSecond>(b01, b11, b21, b31, b41, b51, b61, output + call.OutputVectorStride,
                    residual == null ? null : residual + call.ResidualVectorStride, call);
            }
        }
    }

    /// <summary>The epilogue of one run and one vector: residual, ReLU, store.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TCount>(TVector c0, TVector c1, TVector c2, TVector c3, TVector c4, TVector c5, TVector c6,
        float* output, float* residual, in TileCall call)
        where TCount : struct, IConstant
    {
        if (residual != null)
        {
            nint step = call.Strides.Residual;
            if (TCount.Value > 0) c0 = TSimd.Add(c0, TSimd.Load(residual));
            if (TCount.Value > 1) c1 = TSimd.Add(c1, TSimd.Load(residual + step));
            if (TCount.Value > 2) c2 = TSimd.Add(c2, TSimd.Load(residual + 2 * step));
            if (TCount.Value > 3) c3 = TSimd.Add(c3, TSimd.Load(residual + 3 * step));
            if (TCount.Value > 4) c4 = TSimd.Add(c4, TSimd.Load(residual + 4 * step));
            if (TCount.Value > 5) c5 = TSimd.Add(c5, TSimd.Load(residual + 5 * step));
            if (TCount.Value > 6) c6 = TSimd.Add(c6, TSimd.Load(residual + 6 * step));
        }
        if (call.Relu)
        {
            if (TCount.Value > 0) c0 = TSimd.Relu(c0);
            if (TCount.Value > 1) c1 = TSimd.Relu(c1);
            if (TCount.Value > 2) c2 = TSimd.Relu(c2);
            if (TCount.Value > 3) c3 = TSimd.Relu(c3);
            if (TCount.Value > 4) c4 = TSimd.Relu(c4);
            if (TCount.Value > 5) c5 = TSimd.Relu(c5);
            if (TCount.Value > 6) c6 = TSimd.Relu(c6);
        }
        nint stride = call.Strides.Output;
        if (TCount.Value > 0) TSimd.Store(c0, output);
        if (TCount.Value > 1) TSimd.Store(c1, output + stride);
        if (TCount.Value > 2) TSimd.Store(c2, output + 2 * stride);
        if (TCount.Value > 3) TSimd.Store(c3, output + 3 * stride);
        if (TCount.Value > 4) TSimd.Store(c4, output + 4 * stride);
        if (TCount.Value > 5) TSimd.Store(c5, output + 5 * stride);
        if (TCount.Value > 6) TSimd.Store(c6, output + 6 * stride);
    }
}
