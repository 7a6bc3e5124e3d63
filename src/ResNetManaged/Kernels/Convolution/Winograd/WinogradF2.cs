using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Convolution.Winograd;

/// <summary>F(2x2, 3x3), on the points 0, 1, -1 and infinity: 16 products for 4 pixels, compared with 36 by definition.</summary>
internal readonly unsafe partial struct WinogradF2 : IWinogradTransform
{
    private const int Size = 4, Output = 2;

    public static int OutputTile => Output;

    public static ReadOnlySpan<double> Kernel =>
    [
        1, 0, 0,
        0.5, 0.5, 0.5,
        0.5, -0.5, 0.5,
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
            Result<TSimd, TVector>(points, Size * pointStride, out TVector y0, out TVector y1);
            float* place = rows + column * ChannelBlock.Size;
            TSimd.Store(y0, place);
            TSimd.Store(y1, place + Size * ChannelBlock.Size);
        }
        for (int row = 0; row < epilogue.Rows; row++)
        {
            Result<TSimd, TVector>(rows + row * Size * ChannelBlock.Size, ChannelBlock.Size, out TVector y0, out TVector y1);
            epilogue.Store(y0, row, 0);
            epilogue.Store(y1, row, 1);
        }
    }

    /// <summary>B^T d of one row or column: B^T = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Input<TSimd, TVector>(float* d, nint stride, float* result, nint resultStride)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector d0 = TSimd.Load(d), d1 = TSimd.Load(d + stride), d2 = TSimd.Load(d + 2 * stride), d3 = TSimd.Load(d + 3 * stride);
        TSimd.Store(TSimd.Subtract(d0, d2), result);
        TSimd.Store(TSimd.Add(d1, d2), result + resultStride);
        TSimd.Store(TSimd.Subtract(d2, d1), result + 2 * resultStride);
        TSimd.Store(TSimd.Subtract(d1, d3), result + 3 * resultStride);
    }

    /// <summary>A^T m of one row or column: A^T = [1 1 1 0; 0 1 -1 -1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Result<TSimd, TVector>(float* m, nint stride, out TVector y0, out TVector y1)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector m0 = TSimd.Load(m), m1 = TSimd.Load(m + stride), m2 = TSimd.Load(m + 2 * stride), m3 = TSimd.Load(m + 3 * stride);
        y0 = TSimd.Add(TSimd.Add(m0, m1), m2);
        y1 = TSimd.Subtract(TSimd.Subtract(m1, m2), m3);
    }
}
