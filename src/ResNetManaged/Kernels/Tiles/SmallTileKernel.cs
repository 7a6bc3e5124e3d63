using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Tiles;

/// <summary>
/// The innermost loop of <see cref="TileKernel{TSimd, TVector, TFirst, TSecond, TVectors, TStride}"/> on machines with 16 vector registers.
/// </summary>
/// <remarks>
/// Up to 3 pixels in each of two runs, times two vectors: 12 accumulators, two vectors of weights and one broadcast pixel. Pointers and prefetches
/// weigh more against so small a tile, so the loop takes two products of the depth at a time. The addresses of three pixels need only one register
/// for a distance known at run time, so runs may also go down a column. Here, too, products are summed in the order of the taps.
/// </remarks>
/// <typeparam name="TSimd">The vector width.</typeparam>
/// <typeparam name="TVector">Its vector.</typeparam>
/// <typeparam name="TFirst">Pixels of the first run, 1 to 3.</typeparam>
/// <typeparam name="TSecond">Pixels of the second run, 0 to 3.</typeparam>
/// <typeparam name="TVectors">Vectors of output channels, 1 or 2.</typeparam>
/// <typeparam name="TStride">Floats from one pixel to the next in the input; 0 if the call provides it.</typeparam>
internal static unsafe class SmallTileKernel<TSimd, TVector, TFirst, TSecond, TVectors, TStride>
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
        int depth = call.Depth;
        int* taps = call.Taps, tapsEnd = taps + call.TapCount;
        nint stride = TStride.Value > 0 ? TStride.Value : call.Strides.Input;
        byte* prefetch = call.Prefetch;
        nint prefetchStep = 2 * call.PrefetchStep, nextStep = call.TapsAhead > 0 ? stride : 0;
        for (Tile* end = tile + count; tile < end; tile++)
        {
            TVector bias0 = call.Bias == null ? default : TSimd.Load(call.Bias);
            TVector bias1 = TVectors.Value < 2 || call.Bias == null ? default : TSimd.Load(call.Bias + TSimd.Lanes);
            TVector a00 = bias0, a01 = bias1, a10 = bias0, a11 = bias1, a20 = bias0, a21 = bias1;
            TVector b00 = bias0, b01 = bias1, b10 = bias0, b11 = bias1, b20 = bias0, b21 = bias1;

            float* weights = call.Weights, first = call.Input + tile->Input0, second = call.Input + tile->Input1;
            int epilogue = 0; // which of the epilogue's lines to prefetch next
            for (int* tap = taps; tap < tapsEnd; tap++)
            {
                float* x0 = first + *tap, x1 = second + *tap;
                int* ahead = tap + call.TapsAhead;
                float* next0 = ahead < tapsEnd ? first + *ahead : call.Input + tile[1].Input0 + taps[ahead - tapsEnd];
                float* next1 = ahead < tapsEnd ? second + *ahead : call.Input + tile[1].Input1 + taps[ahead - tapsEnd];
                float* line = call.EpilogueLine(tile, epilogue++, out nint lineStep);
                for (int left = depth; left > 1; left -= 2)
                {
                    Product(ref weights, ref x0, ref x1, stride, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21,
                        ref b00, ref b01, ref b10, ref b11, ref b20, ref b21);
                    if (Sse.IsSupported) Sse.Prefetch1(prefetch);
                    prefetch += prefetchStep;
                    if (Sse.IsSupported) Sse.Prefetch0(next0);
                    next0 += nextStep;
                    Product(ref weights, ref x0, ref x1, stride, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21,
                        ref b00, ref b01, ref b10, ref b11, ref b20, ref b21);
                    if (Sse.IsSupported) Sse.Prefetch0(next1);
                    next1 += nextStep;
                    if (Sse.IsSupported) Sse.Prefetch0(line);
                    line += lineStep;
                }
                if (depth % 2 == 0) continue;
                Product(ref weights, ref x0, ref x1, stride, ref a00, ref a01, ref a10, ref a11, ref a20, ref a21,
                    ref b00, ref b01, ref b10, ref b11, ref b20, ref b21);
            }

            float* output = call.Output + tile->Output0, residual = call.Residual == null ? null : call.Residual + tile->Residual0;
            Store<TFirst>(call, a00, a10, a20, output, residual);
            if (TVectors.Value > 1)
                Store<TFirst>(call, a01, a11, a21, output + call.OutputVectorStride, residual == null ? null : residual + call.ResidualVectorStride);
            if (TSecond.Value == 0) continue;
            output = call.Output + tile->Output1;
            residual = call.Residual == null ? null : call.Residual + tile->Residual1;
            Store<TSecond>(call, b00, b10, b20, output, residual);
            if (TVectors.Value > 1)
                Store<TSecond>(call, b01, b11, b21, output + call.OutputVectorStride, residual == null ? null : residual + call.ResidualVectorStride);
        }
    }

    /// <summary>Adds one product to every sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Product(ref float* weights, ref float* x0, ref float* x1, nint stride,
        ref TVector a00, ref TVector a01, ref TVector a10, ref TVector a11, ref TVector a20, ref TVector a21,
        ref TVector b00, ref TVector b01, ref TVector b10, ref TVector b11, ref TVector b20, ref TVector b21)
    {
        TVector w0 = TSimd.Load(weights), w1 = TVectors.Value < 2 ? default : TSimd.Load(weights + TSimd.Lanes), x;
        x = TSimd.Create(*x0);
        a00 = TSimd.MultiplyAdd(x, w0, a00);
        if (TVectors.Value > 1) a01 = TSimd.MultiplyAdd(x, w1, a01);
        if (TFirst.Value > 1)
        {
            x = TSimd.Create(x0[stride]);
            a10 = TSimd.MultiplyAdd(x, w0, a10);
            if (TVectors.Value > 1) a11 = TSimd.MultiplyAdd(x, w1, a11);
        }
        if (TFirst.Value > 2)
        {
            x = TSimd.Create(x0[2 * stride]);
            a20 = TSimd.MultiplyAdd(x, w0, a20);
            if (TVectors.Value > 1) a21 = TSimd.MultiplyAdd(x, w1, a21);
        }
        if (TSecond.Value > 0)
        {
            x = TSimd.Create(*x1);
            b00 = TSimd.MultiplyAdd(x, w0, b00);
            if (TVectors.Value > 1) b01 = TSimd.MultiplyAdd(x, w1, b01);
        }
        if (TSecond.Value > 1)
        {
            x = TSimd.Create(x1[stride]);
            b10 = TSimd.MultiplyAdd(x, w0, b10);
            if (TVectors.Value > 1) b11 = TSimd.MultiplyAdd(x, w1, b11);
        }
        if (TSecond.Value > 2)
        {
            x = TSimd.Create(x1[2 * stride]);
            b20 = TSimd.MultiplyAdd(x, w0, b20);
            if (TVectors.Value > 1) b21 = TSimd.MultiplyAdd(x, w1, b21);
        }
        weights += TVectors.Value * TSimd.Lanes;
        x0++;
        x1++;
    }

    /// <summary>The epilogue of one run and one vector: residual, ReLU, store.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TCount>(in TileCall call, TVector c0, TVector c1, TVector c2, float* output, float* residual)
        where TCount : struct, IConstant
    {
        if (residual != null)
        {
            nint step = call.Strides.Residual;
            c0 = TSimd.Add(c0, TSimd.Load(residual));
            if (TCount.Value > 1) c1 = TSimd.Add(c1, TSimd.Load(residual + step));
            if (TCount.Value > 2) c2 = TSimd.Add(c2, TSimd.Load(residual + 2 * step));
        }
        if (call.Relu)
        {
            c0 = TSimd.Relu(c0);
            if (TCount.Value > 1) c1 = TSimd.Relu(c1);
            if (TCount.Value > 2) c2 = TSimd.Relu(c2);
        }
        nint stride = call.Strides.Output;
        TSimd.Store(c0, output);
        if (TCount.Value > 1) TSimd.Store(c1, output + stride);
        if (TCount.Value > 2) TSimd.Store(c2, output + 2 * stride);
    }
}
