using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ResNetManaged.Kernels.Quantized.Dots;

/// <summary>AVX-512BW's <c>vpmaddubsw</c> and <c>vpmaddwd</c>: 16 channels.</summary>
/// <typeparam name="TMode">How many products are summed in 16 bits.</typeparam>
internal readonly unsafe struct Dot512<TMode> : IDot<Vector512<int>> where TMode : struct, IDotMode
{
    public static bool IsAccelerated => Avx512BW.IsSupported;

    public static int Lanes => Vector512<int>.Count;

    public static int LongestRun => 7;

    public static int Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Load(int* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<int> sums, int* destination) => sums.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Weights(sbyte* source) => Vector512.Load(source).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Pixel(byte* source) => Vector512.Create(Unsafe.ReadUnaligned<int>(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyAdd(Vector512<int> sums, Vector512<int> x0, Vector512<int> x1, Vector512<int> w0, Vector512<int> w1) => TMode.Value switch
    {
        DotMode.Fours => sums + Widen(Twos(x0, w0) + Twos(x1, w1)),
        DotMode.Twos => sums + Widen(Twos(x0, w0)) + Widen(Twos(x1, w1)),
        _ => sums + Wide(x0, w0) + Wide(x1, w1),
    };

    /// <summary>Sums of two products, in 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Twos(Vector512<int> x, Vector512<int> w) => Avx512BW.MultiplyAddAdjacent(x.AsByte(), w.AsSByte());

    /// <summary>Sums of two numbers of 16 bits, in 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Widen(Vector512<short> x) => Avx512BW.MultiplyAddAdjacent(x, Vector512.Create((short)1));

    /// <summary>Sums of four products: of the even bytes, then of the odd ones, each widened to 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Wide(Vector512<int> x, Vector512<int> w)
    {
        Vector512<short> pixels = x.AsInt16(), weights = w.AsInt16();
        return Avx512BW.MultiplyAddAdjacent(pixels & Vector512.Create((short)0xFF), Vector512.ShiftRightArithmetic(Vector512.ShiftLeft(weights, 8), 8))
            + Avx512BW.MultiplyAddAdjacent(Vector512.ShiftRightLogical(pixels, 8), Vector512.ShiftRightArithmetic(weights, 8));
    }
}
