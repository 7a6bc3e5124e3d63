using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ResNetManaged.Kernels.Quantized.Dots;

/// <summary>SSSE3's <c>pmaddubsw</c> and <c>pmaddwd</c>: 4 channels.</summary>
/// <typeparam name="TMode">How many products are summed in 16 bits.</typeparam>
internal readonly unsafe struct Dot128<TMode> : IDot<Vector128<int>> where TMode : struct, IDotMode
{
    public static bool IsAccelerated => Ssse3.IsSupported;

    public static int Lanes => Vector128<int>.Count;

    public static int LongestRun => 3;

    public static int Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Load(int* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<int> sums, int* destination) => sums.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Weights(sbyte* source) => Vector128.Load(source).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Pixel(byte* source) => Vector128.Create(Unsafe.ReadUnaligned<int>(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyAdd(Vector128<int> sums, Vector128<int> x0, Vector128<int> x1, Vector128<int> w0, Vector128<int> w1) => TMode.Value switch
    {
        DotMode.Fours => sums + Widen(Twos(x0, w0) + Twos(x1, w1)),
        DotMode.Twos => sums + Widen(Twos(x0, w0)) + Widen(Twos(x1, w1)),
        _ => sums + Wide(x0, w0) + Wide(x1, w1),
    };

    /// <summary>Sums of two products, in 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Twos(Vector128<int> x, Vector128<int> w) => Ssse3.MultiplyAddAdjacent(x.AsByte(), w.AsSByte());

    /// <summary>Sums of two numbers of 16 bits, in 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Widen(Vector128<short> x) => Sse2.MultiplyAddAdjacent(x, Vector128.Create((short)1));

    /// <summary>Sums of four products: of the even bytes, then of the odd ones, each widened to 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Wide(Vector128<int> x, Vector128<int> w)
    {
        Vector128<short> pixels = x.AsInt16(), weights = w.AsInt16();
        return Sse2.MultiplyAddAdjacent(pixels & Vector128.Create((short)0xFF), Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(weights, 8), 8))
            + Sse2.MultiplyAddAdjacent(Vector128.ShiftRightLogical(pixels, 8), Vector128.ShiftRightArithmetic(weights, 8));
    }
}
