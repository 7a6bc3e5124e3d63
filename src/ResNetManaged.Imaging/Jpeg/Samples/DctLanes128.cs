using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ResNetManaged.Imaging.Jpeg.Entropy;

namespace ResNetManaged.Imaging.Jpeg.Samples;

/// <summary>4 integers: SSE4.1, NEON, WebAssembly.</summary>
internal readonly unsafe struct DctLanes128 : IDctLanes<Vector128<int>>
{
    public static int Lanes => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Create(int value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Load(short* source) => Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)source).AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<int> value, short* destination) =>
        *(long*)destination = Vector128.NarrowWithSaturation(value, value).AsInt64().ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Add(Vector128<int> x, Vector128<int> y) => x + y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Subtract(Vector128<int> x, Vector128<int> y) => x - y;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Multiply(Vector128<int> x, int y) => x * Vector128.Create(y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> ShiftLeft(Vector128<int> x, int bits) => x << bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> ShiftRight(Vector128<int> x, int bits) => x >> bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scale(short* coefficients, short* steps, short* destination)
    {
        for (int i = 0; i < ZigZag.Size; i += Vector128<short>.Count) (Vector128.Load(coefficients + i) * Vector128.Load(steps + i)).Store(destination + i);
    }

    // Interleaving rows i and i + 4 three times exchanges rows and columns.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(short* block)
    {
        Vector128<short> r0 = Vector128.Load(block), r1 = Vector128.Load(block + 8), r2 = Vector128.Load(block + 16), r3 = Vector128.Load(block + 24),
            r4 = Vector128.Load(block + 32), r5 = Vector128.Load(block + 40), r6 = Vector128.Load(block + 48), r7 = Vector128.Load(block + 56);
        (r0, r1, r2, r3, r4, r5, r6, r7) = (Interleave.Lower(r0, r4), Interleave.Upper(r0, r4), Interleave.Lower(r1, r5), Interleave.Upper(r1, r5),
            Interleave.Lower(r2, r6), Interleave.Upper(r2, r6), Interleave.Lower(r3, r7), Interleave.Upper(r3, r7));
        (r0, r1, r2, r3, r4, r5, r6, r7) = (Interleave.Lower(r0, r4), Interleave.Upper(r0, r4), Interleave.Lower(r1, r5), Interleave.Upper(r1, r5),
            Interleave.Lower(r2, r6), Interleave.Upper(r2, r6), Interleave.Lower(r3, r7), Interleave.Upper(r3, r7));
        (r0, r1, r2, r3, r4, r5, r6, r7) = (Interleave.Lower(r0, r4), Interleave.Upper(r0, r4), Interleave.Lower(r1, r5), Interleave.Upper(r1, r5),
            Interleave.Lower(r2, r6), Interleave.Upper(r2, r6), Interleave.Lower(r3, r7), Interleave.Upper(r3, r7));
        r0.Store(block);
        r1.Store(block + 8);
        r2.Store(block + 16);
        r3.Store(block + 24);
        r4.Store(block + 32);
        r5.Store(block + 40);
        r6.Store(block + 48);
        r7.Store(block + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSamples(short* columns, byte* destination, nint stride)
    {
        Vector128<byte> c01 = Narrow(columns), c23 = Narrow(columns + 16), c45 = Narrow(columns + 32), c67 = Narrow(columns + 48);
        // Two columns of 8 bytes each in a vector; interleaving distant halves three times gives rows.
        Vector128<byte> a = Interleave.Lower(c01, c45), b = Interleave.Upper(c01, c45), c = Interleave.Lower(c23, c67), d = Interleave.Upper(c23, c67);
        (a, b, c, d) = (Interleave.Lower(a, c), Interleave.Upper(a, c), Interleave.Lower(b, d), Interleave.Upper(b, d));
        (a, b, c, d) = (Interleave.Lower(a, c), Interleave.Upper(a, c), Interleave.Lower(b, d), Interleave.Upper(b, d));
        StoreRows(a, destination, stride);
        StoreRows(b, destination + 2 * stride, stride);
        StoreRows(c, destination + 4 * stride, stride);
        StoreRows(d, destination + 6 * stride, stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Narrow(short* source) =>
        (Vector128.NarrowWithSaturation(Vector128.Load(source), Vector128.Load(source + 8)) ^ Vector128.Create(sbyte.MinValue)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRows(Vector128<byte> rows, byte* destination, nint stride)
    {
        *(long*)destination = rows.AsInt64().ToScalar();
        *(long*)(destination + stride) = rows.AsInt64().GetElement(1);
    }
}
