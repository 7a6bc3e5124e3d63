using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ResNetManaged.Imaging.Jpeg.Entropy;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Imaging.Jpeg.Samples;

/// <summary>The accurate integer inverse DCT of libjpeg, with the range of libjpeg-turbo's vector code.</summary>
/// <remarks>
/// C. Loeffler, A. Ligtenberg, G. Moschytz, "Practical fast 1-D DCT algorithms with 11 multiplications", ICASSP 1989, with constants of 13 fractional
/// bits: first all columns, which keep 2 more bits, then all rows. Dequantized coefficients and some of their sums wrap at 16 bits, the columns' results
/// are clipped to 16 bits: only damaged files reach that.
/// </remarks>
internal static unsafe class InverseDct
{
    internal const int FractionBits = 13, ColumnBits = 2;

    private const int Side = JpegFrame.BlockSide;

    // cos and sin of multiples of pi / 16, times the square root of 2, and their sums, times 2^13 and rounded.
    internal const int C0298 = 2446, C0390 = 3196, C0541 = 4433, C0765 = 6270, C0899 = 7373, C1175 = 9633, C1501 = 12299, C1847 = 15137, C1961 = 16069,
        C2053 = 16819, C2562 = 20995, C3072 = 25172;

    private static readonly SimdPath Path = SimdDispatch.Resolve(SimdPath.Auto);

    private static readonly bool IsWide = Path is SimdPath.Vector512 or SimdPath.Vector256;

    /// <summary>Transforms a block to 8 x 8 samples.</summary>
    /// <param name="block">64 coefficients, row by row.</param>
    /// <param name="steps">Their steps of quantization.</param>
    /// <param name="destination">The first sample.</param>
    /// <param name="stride">The samples from one row to the next.</param>
    public static void Transform(short* block, short* steps, byte* destination, nint stride)
    {
        if (Avx2.IsSupported && IsWide && !IsFirstRowOnly(block)) InverseDct256.Transform(block, steps, destination, stride);
        else if (Path != SimdPath.Scalar && Vector128.IsHardwareAccelerated) Transform<DctLanes128, Vector128<int>>(block, steps, destination, stride);
        else Transform<DctScalar, int>(block, steps, destination, stride);
    }

    /// <summary>Transforms a block whose only coefficient is <paramref name="dc"/>.</summary>
    public static void TransformDc(short dc, short step, byte* destination, nint stride)
    {
        int sample = (short)((short)(dc * step) << ColumnBits);
        ulong row = 0x0101_0101_0101_0101 * (ulong)(Math.Clamp((sample + 16) >> 5, sbyte.MinValue, sbyte.MaxValue) + 128);
        for (int y = 0; y < Side; y++) *(ulong*)(destination + y * stride) = row;
    }

    /// <summary>Transforms a block with a given width; any width gives the same samples.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Transform<TLanes, TVector>(short* block, short* steps, byte* destination, nint stride)
        where TLanes : struct, IDctLanes<TVector> where TVector : struct
    {
        short* work = stackalloc short[ZigZag.Size];
        TLanes.Scale(block, steps, work);
        if (IsFirstRowOnly(block))
        {
            // libjpeg-turbo's vector code lets this wrap at 16 bits instead of clipping.
            for (int x = 0; x < Side; x++)
            {
                short value = (short)(work[x] << ColumnBits);
                for (int y = 0; y < Side; y++) work[y * Side + x] = value;
            }
        }
        else
        {
            for (int x = 0; x < Side; x += TLanes.Lanes) Pass<TLanes, TVector>(work + x, FractionBits - ColumnBits);
        }
        TLanes.Transpose(work);
        for (int y = 0; y < Side; y += TLanes.Lanes) Pass<TLanes, TVector>(work + y, FractionBits + ColumnBits + 3);
        TLanes.StoreSamples(work, destination, stride);
    }

    private static bool IsFirstRowOnly(short* block)
    {
        if (Vector128.IsHardwareAccelerated)
        {
            Vector128<short> rows = Vector128.Load(block + Side);
            for (int y = 2; y < Side; y++) rows |= Vector128.Load(block + y * Side);
            return rows == Vector128<short>.Zero;
        }
        return !new ReadOnlySpan<short>(block + Side, ZigZag.Size - Side).ContainsAnyExcept((short)0);
    }

    /// <summary>Transforms as many columns as there are lanes, in place, and divides by a power of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pass<TLanes, TVector>(short* columns, int shift) where TLanes : struct, IDctLanes<TVector> where TVector : struct
    {
        TVector x0 = TLanes.Load(columns), x1 = TLanes.Load(columns + Side), x2 = TLanes.Load(columns + 2 * Side), x3 = TLanes.Load(columns + 3 * Side),
            x4 = TLanes.Load(columns + 4 * Side), x5 = TLanes.Load(columns + 5 * Side), x6 = TLanes.Load(columns + 6 * Side),
            x7 = TLanes.Load(columns + 7 * Side), half = TLanes.Create(1 << (shift - 1));

        TVector z = TLanes.Multiply(TLanes.Add(x2, x6), C0541);
        TVector even2 = TLanes.Subtract(z, TLanes.Multiply(x6, C1847)), even3 = TLanes.Add(z, TLanes.Multiply(x2, C0765));
        TVector even0 = TLanes.Add(Wrap<TLanes, TVector>(TLanes.Add(x0, x4), FractionBits), half);
        TVector even1 = TLanes.Add(Wrap<TLanes, TVector>(TLanes.Subtract(x0, x4), FractionBits), half);
        TVector a0 = TLanes.Add(even0, even3), a3 = TLanes.Subtract(even0, even3), a1 = TLanes.Add(even1, even2), a2 = TLanes.Subtract(even1, even2);

        TVector z3 = Wrap<TLanes, TVector>(TLanes.Add(x7, x3), 0), z4 = Wrap<TLanes, TVector>(TLanes.Add(x5, x1), 0);
        TVector z5 = TLanes.Multiply(TLanes.Add(z3, z4), C1175);
        TVector z1 = TLanes.Multiply(TLanes.Add(x7, x1), C0899), z2 = TLanes.Multiply(TLanes.Add(x5, x3), C2562);
        z3 = TLanes.Subtract(z5, TLanes.Multiply(z3, C1961));
        z4 = TLanes.Subtract(z5, TLanes.Multiply(z4, C0390));
        TVector b0 = TLanes.Add(TLanes.Multiply(x7, C0298), TLanes.Subtract(z3, z1)), b1 = TLanes.Add(TLanes.Multiply(x5, C2053), TLanes.Subtract(z4, z2));
        TVector b2 = TLanes.Add(TLanes.Multiply(x3, C3072), TLanes.Subtract(z3, z2)), b3 = TLanes.Add(TLanes.Multiply(x1, C1501), TLanes.Subtract(z4, z1));

        TLanes.Store(TLanes.ShiftRight(TLanes.Add(a0, b3), shift), columns);
        TLanes.Store(TLanes.ShiftRight(TLanes.Add(a1, b2), shift), columns + Side);
        TLanes.Store(TLanes.ShiftRight(TLanes.Add(a2, b1), shift), columns + 2 * Side);
        TLanes.Store(TLanes.ShiftRight(TLanes.Add(a3, b0), shift), columns + 3 * Side);
        TLanes.Store(TLanes.ShiftRight(TLanes.Subtract(a3, b0), shift), columns + 4 * Side);
        TLanes.Store(TLanes.ShiftRight(TLanes.Subtract(a2, b1), shift), columns + 5 * Side);
        TLanes.Store(TLanes.ShiftRight(TLanes.Subtract(a1, b2), shift), columns + 6 * Side);
        TLanes.Store(TLanes.ShiftRight(TLanes.Subtract(a0, b3), shift), columns + 7 * Side);
    }

    /// <summary>Reduces to 16 bits and shifts left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Wrap<TLanes, TVector>(TVector x, int bits) where TLanes : struct, IDctLanes<TVector> where TVector : struct =>
        TLanes.ShiftRight(TLanes.ShiftLeft(x, 16), 16 - bits);
}
