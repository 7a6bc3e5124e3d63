using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Convolution.Winograd;

/// <content>What training also needs.</content>
internal readonly unsafe partial struct WinogradF2 : IWinogradGradient
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

    /// <summary>G g of one row or column: [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Points<TSimd, TVector>(float* g, nint stride, float* result, nint resultStride)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector g0 = TSimd.Load(g), g1 = TSimd.Load(g + stride), g2 = TSimd.Load(g + 2 * stride), half = TSimd.Create(0.5f), ends = TSimd.Add(g0, g2);
        TSimd.Store(g0, result);
        TSimd.Store(TSimd.Multiply(half, TSimd.Add(ends, g1)), result + resultStride);
        TSimd.Store(TSimd.Multiply(half, TSimd.Subtract(ends, g1)), result + 2 * resultStride);
        TSimd.Store(g2, result + 3 * resultStride);
    }

    /// <summary>A y of one row or column: the transpose of A^T = [1 1 1 0; 0 1 -1 -1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gradient<TSimd, TVector>(float* y, nint stride, float* result, nint resultStride)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector y0 = TSimd.Load(y), y1 = TSimd.Load(y + stride);
        TSimd.Store(y0, result);
        TSimd.Store(TSimd.Add(y0, y1), result + resultStride);
        TSimd.Store(TSimd.Subtract(y0, y1), result + 2 * resultStride);
        TSimd.Store(TSimd.Subtract(default, y1), result + 3 * resultStride);
    }

    /// <summary>G^T m of one row or column: [1 1/2 1/2 0; 0 1/2 -1/2 0; 0 1/2 1/2 1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Weights<TSimd, TVector>(float* m, nint stride, float* result, nint resultStride)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector m0 = TSimd.Load(m), m1 = TSimd.Load(m + stride), m2 = TSimd.Load(m + 2 * stride), m3 = TSimd.Load(m + 3 * stride);
        TVector half = TSimd.Create(0.5f), sum = TSimd.Multiply(half, TSimd.Add(m1, m2));
        TSimd.Store(TSimd.Add(m0, sum), result);
        TSimd.Store(TSimd.Multiply(half, TSimd.Subtract(m1, m2)), result + resultStride);
        TSimd.Store(TSimd.Add(sum, m3), result + 2 * resultStride);
    }
}
