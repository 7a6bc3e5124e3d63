using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Convolution.Winograd;

/// <summary>F(4x4, 3x3), on the points 0, 1, -1, 2, -2 and infinity: 36 products for 16 pixels, compared with 144 by definition.</summary>
internal readonly unsafe partial struct WinogradF4 : IWinogradTransform
{
    private const int Size = 6, Output = 4;

    public static int OutputTile => Output;

    public static ReadOnlySpan<double> Kernel =>
    [
        1.0 / 4, 0, 0,
        -1.0 / 6, -1.0 / 6, -1.0 / 6,
        -1.0 / 6, 1.0 / 6, -1.0 / 6,
        1.0 / 24, 1.0 / 12, 1.0 / 6,
        1.0 / 24, -1.0 / 12, 1.0 / 6,
        0, 0, 1,
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TransformInput<TSimd, TVector>(float* pixels, nint rowStride, float* points, nint pointStride, float* rows)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        // rows = B^T d
        for (int column = 0; column < Size; column++, pixels += ChannelBlock.Size)
        {
            Input<TSimd, TVector>(pixels, rowStride, rows + column * ChannelBlock.Size, Size * ChannelBlock.Size);
        }
        for (int row = 0; row < Size; row++, points += Size * pointStride)
        {
            Input<TSimd, TVector>(rows + row * Size * ChannelBlock.Size, ChannelBlock.Size, points, pointStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TransformOutput<TSimd, TVector>(float* points, nint pointStride, float* rows, in WinogradEpilogue<TSimd, TVector> epilogue)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        // rows = A^T M
        for (int column = 0; column < Size; column++, points += pointStride)
        {
            Result<TSimd, TVector>(points, Size * pointStride, out TVector y0, out TVector y1, out TVector y2, out TVector y3);
            float* place = rows + column * ChannelBlock.Size;
            TSimd.Store(y0, place);
            TSimd.Store(y1, place + Size * ChannelBlock.Size);
            TSimd.Store(y2, place + 2 * Size * ChannelBlock.Size);
            TSimd.Store(y3, place + 3 * Size * ChannelBlock.Size);
        }
        for (int row = 0; row < epilogue.Rows; row++)
        {
            Result<TSimd, TVector>(rows + row * Size * ChannelBlock.Size, ChannelBlock.Size, out TVector y0, out TVector y1, out TVector y2, out TVector y3);
            epilogue.Store(y0, row, 0);
            epilogue.Store(y1, row, 1);
            epilogue.Store(y2, row, 2);
            epilogue.Store(y3, row, 3);
        }
    }

    /// <summary>
    /// B^T d of one row or column, with d4 - 4 d2 and d3 - 4 d1 shared by two points each, and d4 - d2 and d3 - d1 by the next two:
    /// B^T = [4 0 -5 0 1 0; 0 -4 -4 1 1 0; 0 4 -4 -1 1 0; 0 -2 -1 2 1 0; 0 2 -1 -2 1 0; 0 4 0 -5 0 1].
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Input<TSimd, TVector>(float* d, nint stride, float* result, nint resultStride)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector d0 = TSimd.Load(d), d1 = TSimd.Load(d + stride), d2 = TSimd.Load(d + 2 * stride);
        TVector d3 = TSimd.Load(d + 3 * stride), d4 = TSimd.Load(d + 4 * stride), d5 = TSimd.Load(d + 5 * stride);
        TVector two = TSimd.Create(2f), four = TSimd.Create(4f), minusFour = TSimd.Create(-4f), minusFive = TSimd.Create(-5f);
        TVector even4 = TSimd.MultiplyAdd(minusFour, d2, d4), odd4 = TSimd.MultiplyAdd(minusFour, d1, d3);
        TVector even1 = TSimd.Subtract(d4, d2), odd1 = TSimd.Multiply(two, TSimd.Subtract(d3, d1));
        TSimd.Store(TSimd.MultiplyAdd(four, d0, TSimd.MultiplyAdd(minusFive, d2, d4)), result);
        TSimd.Store(TSimd.Add(even4, odd4), result + resultStride);
        TSimd.Store(TSimd.Subtract(even4, odd4), result + 2 * resultStride);
        TSimd.Store(TSimd.Add(even1, odd1), result + 3 * resultStride);
        TSimd.Store(TSimd.Subtract(even1, odd1), result + 4 * resultStride);
        TSimd.Store(TSimd.MultiplyAdd(four, d1, TSimd.MultiplyAdd(minusFive, d3, d5)), result + 5 * resultStride);
    }

    /// <summary>A^T m of one row or column: A^T = [1 1 1 1 1 0; 0 1 -1 2 -2 0; 0 1 1 4 4 0; 0 1 -1 8 -8 1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Result<TSimd, TVector>(float* m, nint stride, out TVector y0, out TVector y1, out TVector y2, out TVector y3)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector m0 = TSimd.Load(m), m1 = TSimd.Load(m + stride), m2 = TSimd.Load(m + 2 * stride);
        TVector m3 = TSimd.Load(m + 3 * stride), m4 = TSimd.Load(m + 4 * stride), m5 = TSimd.Load(m + 5 * stride);
        TVector sum1 = TSimd.Add(m1, m2), difference1 = TSimd.Subtract(m1, m2), sum2 = TSimd.Add(m3, m4), difference2 = TSimd.Subtract(m3, m4);
        y0 = TSimd.Add(TSimd.Add(m0, sum1), sum2);
        y1 = TSimd.MultiplyAdd(TSimd.Create(2f), difference2, difference1);
        y2 = TSimd.MultiplyAdd(TSimd.Create(4f), sum2, sum1);
        y3 = TSimd.Add(TSimd.MultiplyAdd(TSimd.Create(8f), difference2, difference1), m5);
    }
}
