using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace ResNetManaged.Kernels.Quantized.Dots;

/// <summary>Arm's <c>sdot</c>: 4 channels. It multiplies signed bytes, so 128 is subtracted from each activation.</summary>
internal readonly unsafe struct DotArm : IDot<Vector128<int>>
{
    public static bool IsAccelerated => Dp.IsSupported;

    public static int Lanes => Vector128<int>.Count;

    public static int LongestRun => 7;

    public static int Offset => 128;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Load(int* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<int> sums, int* destination) => sums.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Weights(sbyte* source) => Vector128.Load(source).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Pixel(byte* source) => Vector128.Create(Unsafe.ReadUnaligned<int>(source) ^ unchecked((int)0x80808080));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyAdd(Vector128<int> sums, Vector128<int> x0, Vector128<int> x1, Vector128<int> w0, Vector128<int> w1) =>
        Dp.DotProduct(Dp.DotProduct(sums, x0.AsSByte(), w0.AsSByte()), x1.AsSByte(), w1.AsSByte());
}
