using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ResNetManaged.Imaging.Jpeg;

/// <summary>8 integers: AVX2.</summary>
internal readonly unsafe struct DctLanes256 : IDctLanes<Vector256<int>>
{
    public static int Lanes => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Create(int value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load(short* source)
    {
        (Vector128<int> low, Vector128<int> high) = Vector128.Widen(Vector128.Load(source));
        return Vector256.Create(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<int> value, short* destination) =>
        Vector128.NarrowWithSaturation(value.GetLower(), value.GetUpper()).Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> x, Vector256<int> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Subtract(Vector256<int> x, Vector256<int> y) => x - y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Multiply(Vector256<int> x, int y) => x * Vector256.Create(y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> ShiftLeft(Vector256<int> x, int bits) => x << bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> ShiftRight(Vector256<int> x, int bits) => x >> bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(short* coefficients, short* steps, short* destination)
    {
        for (int i = 0; i < ZigZag.Size; i += Vector256<short>.Count) (Vector256.Load(coefficients + i) * Vector256.Load(steps + i)).Store(destination + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(short* block) => DctLanes128.Transpose(block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSamples(short* columns, byte* destination, nint stride) => DctLanes128.StoreSamples(columns, destination, stride);
}
