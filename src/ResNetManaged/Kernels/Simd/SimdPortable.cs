using System.Numerics;
using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Simd;

/// <summary><see cref="Vector{T}"/>: as many floats as the runtime chooses (8 with AVX2, 4 with NEON).</summary>
internal readonly unsafe struct SimdPortable : ISimd<Vector<float>>
{
    public static bool IsAccelerated => Vector.IsHardwareAccelerated;

    public static int Lanes => Vector<float>.Count;

    public static int Registers => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Create(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Load(float* source) => Vector.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector<float> value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Add(Vector<float> x, Vector<float> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Subtract(Vector<float> x, Vector<float> y) => x - y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Multiply(Vector<float> x, Vector<float> y) => x * y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Divide(Vector<float> x, Vector<float> y) => x / y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Sqrt(Vector<float> x) => Vector.SquareRoot(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Max(Vector<float> x, Vector<float> y) => Vector.Max(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Relu(Vector<float> x) => Vector.MaxNative(Vector<float>.Zero, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> SelectGreater(Vector<float> x, Vector<float> y, Vector<float> ifGreater, Vector<float> otherwise) =>
        Vector.ConditionalSelect(Vector.GreaterThan(x, y), ifGreater, otherwise);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> MultiplyAdd(Vector<float> x, Vector<float> y, Vector<float> addend) =>
        Vector.MultiplyAddEstimate(x, y, addend);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> PowerOfTwo(Vector<float> exponent) =>
        Vector.AsVectorSingle(Vector.ShiftLeft(Vector.AsVectorInt32(exponent + new Vector<float>(SingleFormat.ExponentRounder)), SingleFormat.FractionBits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> NegateMagnitude(Vector<float> x) => Vector.BitwiseOr(x, new Vector<float>(-0f));

    public static bool Permutes => false;

    public static Vector<float> Permute(Vector<float> x, Vector<float> lanes)
    {
        float* permuted = stackalloc float[Vector<float>.Count];
        for (int i = 0; i < Vector<float>.Count; i++) permuted[i] = x[Vector.AsVectorInt32(lanes)[i]];
        return Vector.Load(permuted);
    }

    public static Vector<float> Clamp(Vector<float> x, Vector<float> low, Vector<float> high) => Vector.MinNative(Vector.MaxNative(x, low), high);

    public static Vector<float> LoadIntegers(int* source) => Vector.ConvertToSingle(Vector.Load(source));

    public static Vector<float> LoadBytes(byte* source)
    {
        float* lanes = stackalloc float[Vector<float>.Count];
        for (int i = 0; i < Vector<float>.Count; i++) lanes[i] = source[i];
        return Vector.Load(lanes);
    }

    public static void StoreBytes(Vector<float> value, int offset, byte* destination)
    {
        int* lanes = stackalloc int[Vector<int>.Count];
        Vector.Store((value + Vector.Create(SingleFormat.IntegerRounder)).As<float, int>() + Vector.Create(offset), lanes);
        for (int i = 0; i < Vector<int>.Count; i++) destination[i] = (byte)lanes[i];
    }
}
