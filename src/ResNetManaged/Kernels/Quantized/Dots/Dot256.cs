using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ResNetManaged.Kernels.Quantized.Dots;

/// <summary>AVX2's <c>vpmaddubsw</c> and <c>vpmaddwd</c>: 8 channels.</summary>
/// <typeparam name="TMode">How many products are summed in 16 bits.</typeparam>
internal readonly unsafe struct Dot256<TMode> : IDot<Vector256<int>> where TMode : struct, IDotMode
{
    public static bool IsAccelerated => Avx2.IsSupported;

    public static int Lanes => Vector256<int>.Count;

    public static int LongestRun => 3;

    public static int Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load(int* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<int> sums, int* destination) => sums.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Weights(sbyte* source) => Vector256.Load(source).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Pixel(byte* source) => Vector256.Create(Unsafe.ReadUnaligned<int>(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyAdd(Vector256<int> sums, Vector256<int> x0, Vector256<int> x1, Vector256<int> w0, Vector256<int> w1) => TMode.Value switch
    {
        DotMode.Fours => sums + Widen(Twos(x0, w0) + Twos(x1, w1)),
        DotMode.Twos => sums + Widen(Twos(x0, w0)) + Widen(Twos(x1, w1)),
        _ => sums + Wide(x0, w0) + Wide(x1, w1),
    };

    /// <summary>Sums of two products, in 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Twos(Vector256<int> x, Vector256<int> w) => Avx2.MultiplyAddAdjacent(x.AsByte(), w.AsSByte());

    /// <summary>Sums of two numbers of 16 bits, in 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widen(Vector256<short> x) => Avx2.MultiplyAddAdjacent(x, Vector256.Create((short)1));

    /// <summary>Sums of four products: of the even bytes, then of the odd ones, each widened to 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Wide(Vector256<int> x, Vector256<int> w)
    {
        Vector256<short> pixels = x.AsInt16(), weights = w.AsInt16();
        return Avx2.MultiplyAddAdjacent(pixels & Vector256.Create((short)0xFF), Vector256.ShiftRightArithmetic(Vector256.ShiftLeft(weights, 8), 8))
            + Avx2.MultiplyAddAdjacent(Vector256.ShiftRightLogical(pixels, 8), Vector256.ShiftRightArithmetic(weights, 8));
    }
}
