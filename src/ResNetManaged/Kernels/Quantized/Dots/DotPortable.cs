using System.Numerics;
using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Quantized.Dots;

/// <summary>Products of 32-bit integers, on any processor with vectors.</summary>
internal readonly unsafe struct DotPortable : IDot<Vector<int>>
{
    public static bool IsAccelerated => Vector.IsHardwareAccelerated;

    public static int Lanes => Vector<int>.Count;

    public static int LongestRun => 2;

    public static int Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<int> Load(int* source) => Vector.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector<int> sums, int* destination) => Vector.Store(sums, destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<int> Weights(sbyte* source) => Vector.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<int> Pixel(byte* source) => Vector.Create(Unsafe.ReadUnaligned<int>(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<int> MultiplyAdd(Vector<int> sums, Vector<int> x0, Vector<int> x1, Vector<int> w0, Vector<int> w1) =>
        sums + Products(x0, w0) + Products(x1, w1);

    /// <summary>The sum of the four products of each lane's bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<int> Products(Vector<int> x, Vector<int> w) =>
        (x & new Vector<int>(0xFF)) * ((w << 24) >> 24) + ((x >>> 8) & new Vector<int>(0xFF)) * ((w << 16) >> 24)
        + ((x >>> 16) & new Vector<int>(0xFF)) * ((w << 8) >> 24) + (x >>> 24) * (w >> 24);
}
