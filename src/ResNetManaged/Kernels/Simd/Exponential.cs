using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Simd;

/// <summary>The exponential of vectors.</summary>
/// <remarks>
/// <para>
/// x = n ln 2 + r with a whole n and |r| at most ln(2) / 2, so e^x = 2^n e^r: the reduction of Cody and Waite 1980, "Software Manual for the
/// Elementary Functions", chapter 6. e^r is a polynomial of degree 6, found by Remez's exchange, with coefficients rounded to float32.
/// </para>
/// <para>
/// The relative error is below 2.5 u, with u = 2^-24. In units of u, without fused products: n times the high part of ln 2 and its difference from x are
/// exact. The low part, its product and their sum are off by at most 0.03 + 0.03 + 0.25, which is also the error relative to e^r. The polynomial differs
/// from e^r by at most 0.3. Its last sum rounds by 1 relative to e^r, the product in it by 0.35, and what is multiplied carries at most 0.45; the product
/// with 2^n is exact. Together 2.45. All widths of a processor give the same bits; a processor without fused products gives others.
/// </para>
/// </remarks>
internal static class Exponential<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>The smallest argument whose exponential is a normal number, ln(2^-126), rounded up.</summary>
    private const float Smallest = -87.33654f;

    private const float Log2E = 1.44269504f;

    /// <summary>355 / 512: nine bits, so that products with n, of seven bits, are exact.</summary>
    private const float Ln2High = 0.693359375f;

    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>1.5 * 2^23: adding it to a smaller number rounds that to a whole one.</summary>
    private const float Rounder = 12582912f;

    /// <summary>e^x for x at most 0, with a relative error below 2.5 * 2^-24. Below ln(2^-126) it is 0; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector OfNonPositive(TVector x)
    {
        TVector rounder = TSimd.Create(Rounder), n = TSimd.Subtract(TSimd.MultiplyAdd(x, TSimd.Create(Log2E), rounder), rounder);
        TVector r = TSimd.MultiplyAdd(n, TSimd.Create(-Ln2Low), TSimd.MultiplyAdd(n, TSimd.Create(-Ln2High), x));

        TVector sum = Next(TSimd.Create(0.0013836845f), r, 0.008374817f);
        sum = Next(sum, r, 0.041668225f);
        sum = Next(sum, r, 0.1666642f);
        sum = Next(sum, r, 0.4999999f);
        sum = Next(sum, r, 1f);
        sum = Next(sum, r, 1f);
        TVector power = TSimd.Multiply(sum, TSimd.PowerOfTwo(n)); // anything if x is too small
        return TSimd.SelectGreater(TSimd.Create(Smallest), x, default, power);
    }

    /// <summary>A step of Horner's scheme: sum * r + coefficient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Next(TVector sum, TVector r, float coefficient) => TSimd.MultiplyAdd(sum, r, TSimd.Create(coefficient));
}
