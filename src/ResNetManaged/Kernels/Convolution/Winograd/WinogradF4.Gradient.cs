using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Convolution.Winograd;

/// <content>What training also needs.</content>
internal readonly unsafe partial struct WinogradF4 : IWinogradGradient
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TransformWeights<TSimd, TVector>(float* taps, nint tapStride, float* points, nint pointStride, float* rows)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        // rows = G g
        for (int column = 0; column < 3; column++, taps += tapStride)
        {
            Points<TSimd, TVector>(taps, 3 * tapStride, rows + column * ChannelBlock.Size, 3 * ChannelBlock.Size);
        }
        for (int row = 0; row < Size; row++, points += Size * pointStride)
        {
            Points<TSimd, TVector>(rows + row * 3 * ChannelBlock.Size, ChannelBlock.Size, points, pointStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TransformGradient<TSimd, TVector>(float* pixels, nint rowStride, float* points, nint pointStride, float* rows)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        // rows = A y
        for (int column = 0; column < Output; column++, pixels += ChannelBlock.Size)
        {
            Gradient<TSimd, TVector>(pixels, rowStride, rows + column * ChannelBlock.Size, Output * ChannelBlock.Size);
        }
        for (int row = 0; row < Size; row++, points += Size * pointStride)
        {
            Gradient<TSimd, TVector>(rows + row * Output * ChannelBlock.Size, ChannelBlock.Size, points, pointStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TransformSums<TSimd, TVector>(float* points, nint pointStride, float* taps, nint tapStride, float* rows)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        // rows = G^T M
        for (int column = 0; column < Size; column++, points += pointStride)
        {
            Weights<TSimd, TVector>(points, Size * pointStride, rows + column * ChannelBlock.Size, Size * ChannelBlock.Size);
        }
        for (int row = 0; row < 3; row++, taps += 3 * tapStride)
        {
            Weights<TSimd, TVector>(rows + row * Size * ChannelBlock.Size, ChannelBlock.Size, taps, tapStride);
        }
    }

    /// <summary>G g of one row or column, with g0 + g2 and g0 / 24 + g2 / 6 shared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Points<TSimd, TVector>(float* g, nint stride, float* result, nint resultStride)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector g0 = TSimd.Load(g), g1 = TSimd.Load(g + stride), g2 = TSimd.Load(g + 2 * stride);
        TVector sixth = TSimd.Create(1f / 6), twelfth = TSimd.Create(1f / 12), twentyFourth = TSimd.Create(1f / 24), ends = TSimd.Add(g0, g2);
        TVector even = TSimd.MultiplyAdd(twentyFourth, g0, TSimd.Multiply(sixth, g2)), odd = TSimd.Multiply(twelfth, g1);
        TSimd.Store(TSimd.Multiply(TSimd.Create(0.25f), g0), result);
        TSimd.Store(TSimd.Multiply(TSimd.Create(-1f / 6), TSimd.Add(ends, g1)), result + resultStride);
        TSimd.Store(TSimd.Multiply(sixth, TSimd.Subtract(g1, ends)), result + 2 * resultStride);
        TSimd.Store(TSimd.Add(even, odd), result + 3 * resultStride);
        TSimd.Store(TSimd.Subtract(even, odd), result + 4 * resultStride);
        TSimd.Store(g2, result + 5 * resultStride);
    }

    /// <summary>A y of one row or column: the transpose of A^T = [1 1 1 1 1 0; 0 1 -1 2 -2 0; 0 1 1 4 4 0; 0 1 -1 8 -8 1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gradient<TSimd, TVector>(float* y, nint stride, float* result, nint resultStride)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector y0 = TSimd.Load(y), y1 = TSimd.Load(y + stride), y2 = TSimd.Load(y + 2 * stride), y3 = TSimd.Load(y + 3 * stride);
        TVector four = TSimd.Create(4f), even1 = TSimd.Add(y0, y2), odd1 = TSimd.Add(y1, y3);
        TVector even2 = TSimd.MultiplyAdd(four, y2, y0), odd2 = TSimd.Multiply(TSimd.Create(2f), TSimd.MultiplyAdd(four, y3, y1));
        TSimd.Store(y0, result);
        TSimd.Store(TSimd.Add(even1, odd1), result + resultStride);
        TSimd.Store(TSimd.Subtract(even1, odd1), result + 2 * resultStride);
        TSimd.Store(TSimd.Add(even2, odd2), result + 3 * resultStride);
        TSimd.Store(TSimd.Subtract(even2, odd2), result + 4 * resultStride);
        TSimd.Store(y3, result + 5 * resultStride);
    }

    /// <summary>G^T m of one row or column, with m1 + m2 and m3 + m4, m2 - m1 and m3 - m4 shared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weights<TSimd, TVector>(float* m, nint stride, float* result, nint resultStride)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector m0 = TSimd.Load(m), m1 = TSimd.Load(m + stride), m2 = TSimd.Load(m + 2 * stride);
        TVector m3 = TSimd.Load(m + 3 * stride), m4 = TSimd.Load(m + 4 * stride), m5 = TSimd.Load(m + 5 * stride);
        TVector sixth = TSimd.Create(1f / 6), minusSixth = TSimd.Create(-1f / 6), twelfth = TSimd.Create(1f / 12), twentyFourth = TSimd.Create(1f / 24);
        TVector sum1 = TSimd.Multiply(minusSixth, TSimd.Add(m1, m2)), difference1 = TSimd.Multiply(sixth, TSimd.Subtract(m2, m1));
        TVector sum2 = TSimd.Add(m3, m4), difference2 = TSimd.Subtract(m3, m4);
        TSimd.Store(TSimd.MultiplyAdd(TSimd.Create(0.25f), m0, TSimd.MultiplyAdd(twentyFourth, sum2, sum1)), result);
        TSimd.Store(TSimd.MultiplyAdd(twelfth, difference2, difference1), result + resultStride);
        TSimd.Store(TSimd.Add(m5, TSimd.MultiplyAdd(sixth, sum2, sum1)), result + 2 * resultStride);
    }
}
