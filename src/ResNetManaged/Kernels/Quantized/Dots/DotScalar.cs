using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Quantized.Dots;

/// <summary>One channel at a time.</summary>
internal readonly unsafe struct DotScalar : IDot<int>
{
    public static bool IsAccelerated => true;

    public static int Lanes => 1;

    public static int LongestRun => 1;

    public static int Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Load(int* source) => *source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(int sums, int* destination) => *destination = sums;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Weights(sbyte* source) => Unsafe.ReadUnaligned<int>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Pixel(byte* source) => Unsafe.ReadUnaligned<int>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MultiplyAdd(int sums, int x0, int x1, int w0, int w1) =>
        sums + Products(x0, w0) + Products(x1, w1);

    /// <summary>The sum of the four products of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Products(int x, int w) =>
        (byte)x * (sbyte)w + (byte)(x >> 8) * (sbyte)(w >> 8) + (byte)(x >> 16) * (sbyte)(w >> 16) + (byte)(x >> 24) * (sbyte)(w >> 24);
}
