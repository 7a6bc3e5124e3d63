using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Convolution.Winograd;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Convolution.Stem;

/// <summary>The matrices of the stem's minimal filtering along a row: 4 outputs of a 7-element kernel with stride 2.</summary>
/// <remarks>
/// With stride 2, kernel elements 0, 2, 4, 6 multiply the even pixels of a row and 1, 3, 5 the odd ones: the result is the sum of two convolutions of
/// stride 1, F(4, 4) and F(4, 3). The Toom-Cook construction (Winograd 1980, "Arithmetic complexity of computations") on the points 0, 1, -1, 2, -2,
/// infinity and, for the longer one, 1/2 has the same A^T for both, so their products can be summed before it is applied: 13 products for 4 outputs,
/// compared with 28 by definition.
/// </remarks>
internal static class StemTransform
{
    /// <summary>Outputs of a tile.</summary>
    public const int Outputs = 4;

    /// <summary>Points of the even elements; the odd elements have all but the last.</summary>
    public const int Points = 7;

    /// <summary>Kernel elements along both axes, and the stride.</summary>
    public const int Kernel = 7, Stride = 2;

    /// <summary>The finite points in order; infinity follows the fifth.</summary>
    private static readonly double[] Finite = [0, 1, -1, 2, -2, 0.5];

    /// <summary>The index of infinity among the points.</summary>
    private const int Infinity = 5;

    /// <summary>Whether the stem kernels can compute a convolution.</summary>
    public static bool Handles(in ConvGeometry geometry) => geometry is { Groups: 1, InChannels: < ChannelBlock.Size }
        && geometry.Kernel == Kernel && geometry.Stride == Stride && geometry.Dilation == 1 && geometry.Output.Width >= Outputs;

    /// <summary>Kernel elements that multiply even (0) or odd (1) pixels.</summary>
    public static int Taps(int phase) => phase == 0 ? 4 : 3;

    /// <summary>Pixels of that phase that a tile reads.</summary>
    public static int Pixels(int phase) => Outputs + Taps(phase) - 1;

    /// <summary>Points of that phase.</summary>
    public static int PointsOf(int phase) => Pixels(phase);

    /// <summary>G: the coefficients of a phase's kernel elements at each point, <c>[point][tap]</c>.</summary>
    public static double[,] KernelMatrix(int phase)
    {
        double[,] matrix = new double[PointsOf(phase), Taps(phase)];
        double[] finite = FiniteOf(phase);
        for (int i = 0; i < finite.Length; i++)
        {
            double scale = 1;
            for (int j = 0; j < finite.Length; j++) if (j != i) scale *= finite[i] - finite[j];
            for (int tap = 0; tap < Taps(phase); tap++) matrix[Row(i), tap] = Math.Pow(finite[i], tap) / scale;
        }
        matrix[Infinity, Taps(phase) - 1] = 1;
        return matrix;
    }

    /// <summary>B^T d of one tile's odd pixels: the transform of F(4, 3).</summary>
    /// <param name="pixels">The first of 6 pixels.</param>
    /// <param name="pixelStride">Floats from one pixel to the next.</param>
    /// <param name="points">Receives 6 results.</param>
    /// <param name="pointStride">Floats from one result to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void TransformOdd<TSimd, TVector>(float* pixels, nint pixelStride, float* points, nint pointStride)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => WinogradF4.Input<TSimd, TVector>(pixels, pixelStride, points, pointStride);

    /// <summary>
    /// B^T d of one tile's even pixels. A row of B^T holds the coefficients of the product of x - q over all other points q. With 1/2 among the
    /// points, each row is F(4, 3)'s times x - 1/2, so it applies to d[i + 1] - d[i] / 2. The point 1/2 itself has the coefficients of infinity in
    /// F(4, 3).
    /// </summary>
    /// <param name="pixels">The first of 7 pixels.</param>
    /// <param name="pixelStride">Floats from one pixel to the next.</param>
    /// <param name="points">Receives 7 results.</param>
    /// <param name="pointStride">Floats from one result to the next.</param>
    /// <param name="scratch">Memory for 6 vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void TransformEven<TSimd, TVector>(float* pixels, nint pixelStride, float* points, nint pointStride, float* scratch)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector d0 = TSimd.Load(pixels), d1 = TSimd.Load(pixels + pixelStride), d2 = TSimd.Load(pixels + 2 * pixelStride);
        TVector d3 = TSimd.Load(pixels + 3 * pixelStride), d4 = TSimd.Load(pixels + 4 * pixelStride), d5 = TSimd.Load(pixels + 5 * pixelStride);
        TVector d6 = TSimd.Load(pixels + 6 * pixelStride), minusHalf = TSimd.Create(-0.5f);
        TSimd.Store(TSimd.MultiplyAdd(minusHalf, d0, d1), scratch);
        TSimd.Store(TSimd.MultiplyAdd(minusHalf, d1, d2), scratch + TSimd.Lanes);
        TSimd.Store(TSimd.MultiplyAdd(minusHalf, d2, d3), scratch + 2 * TSimd.Lanes);
        TSimd.Store(TSimd.MultiplyAdd(minusHalf, d3, d4), scratch + 3 * TSimd.Lanes);
        TSimd.Store(TSimd.MultiplyAdd(minusHalf, d4, d5), scratch + 4 * TSimd.Lanes);
        TSimd.Store(TSimd.MultiplyAdd(minusHalf, d5, d6), scratch + 5 * TSimd.Lanes);
        WinogradF4.Input<TSimd, TVector>(scratch, TSimd.Lanes, points, pointStride);
        TVector half = TSimd.MultiplyAdd(TSimd.Create(4f), d1, TSimd.MultiplyAdd(TSimd.Create(-5f), d3, d5));
        TSimd.Store(half, points + (Points - 1) * pointStride);
    }

    private static double[] FiniteOf(int phase) => Finite[..(PointsOf(phase) - 1)];

    private static int Row(int finite) => finite < Infinity ? finite : finite + 1;
}
