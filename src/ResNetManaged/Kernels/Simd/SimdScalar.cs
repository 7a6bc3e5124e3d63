using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Simd;

/// <summary>One float at a time: the last rung, and the reference for all others.</summary>
internal readonly unsafe struct SimdScalar : ISimd<float>
{
    public static bool IsAccelerated => true;

    public static int Lanes => 1;

    public static int Registers => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Create(float value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(float* source) => *source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float value, float* destination) => *destination = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Add(float x, float y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Subtract(float x, float y) => x - y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Multiply(float x, float y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Divide(float x, float y) => x / y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sqrt(float x) => MathF.Sqrt(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(float x, float y) => MathF.Max(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Relu(float x) => float.MaxNative(0f, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SelectGreater(float x, float y, float ifGreater, float otherwise) => x > y ? ifGreater : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float x, float y, float addend) => float.MultiplyAddEstimate(x, y, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float PowerOfTwo(float exponent) =>
        BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(exponent + SingleFormat.ExponentRounder) << SingleFormat.FractionBits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float NegateMagnitude(float x) => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(x) | int.MinValue);

    public static bool Permutes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Permute(float x, float lanes) => x;

    public static float Clamp(float x, float low, float high) => float.MinNative(float.MaxNative(x, low), high);

    public static float LoadIntegers(int* source) => *source;

    public static float LoadBytes(byte* source) => *source;

    public static void StoreBytes(float value, int offset, byte* destination) =>
        *destination = (byte)(BitConverter.SingleToInt32Bits(value + SingleFormat.IntegerRounder) + offset);
}
