using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ResNetManaged.Kernels.Quantized.Dots;

/// <summary>AVX-VNNI's <c>vpdpbusd</c>: 8 channels. .NET 10 has it at 256 bits only, and only for processors with AVX-VNNI.</summary>
internal readonly unsafe struct DotVnni : IDot<Vector256<int>>
{
    public static bool IsAccelerated => AvxVnni.IsSupported;

    public static int Lanes => Vector256<int>.Count;

    public static int LongestRun => 5;

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
    public static Vector256<int> MultiplyAdd(Vector256<int> sums, Vector256<int> x0, Vector256<int> x1, Vector256<int> w0, Vector256<int> w1) =>
        AvxVnni.MultiplyWideningAndAdd(AvxVnni.MultiplyWideningAndAdd(sums, x0.AsByte(), w0.AsSByte()), x1.AsByte(), w1.AsSByte());
}
