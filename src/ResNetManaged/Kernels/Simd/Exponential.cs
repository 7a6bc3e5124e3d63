using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Simd;

/// <summary>The exponential of vectors, in additions and multiplications that every vector width rounds alike.</summary>
/// <remarks>
/// <para>
/// x = n ln 2 + r with a whole n and |r| at most ln(2) / 2, so e^x = 2^n e^r: the reduction of Cody and Waite 1980, "Software Manual for the
/// Elementary Functions", chapter 6. Products and sums are rounded one by one, never fused, so the bits are the same on every processor and width.
/// </para>
/// <para>
/// The relative error is below 2.5 u, with u = 2^-24. In units of u: n times the high part of ln 2 and its difference from x are exact. The low part,
/// its product and their sum are off by at most 0.03 + 0.03 + 0.25, which is also the error relative to e^r. Taylor's polynomial of degree 7 omits
/// |r|^8 / 8!, which is 0.12 relative to e^r. The last two additions round by 0.36 and 1 relative to e^r, and what they add carries at most 0.3; the
/// product with 2^n is exact. Together 2.1.
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
        TVector bounded = TSimd.Max(x, TSimd.Create(Smallest)), rounder = TSimd.Create(Rounder);
        TVector n = TSimd.Subtract(TSimd.Add(TSimd.Multiply(bounded, TSimd.Create(Log2E)), rounder), rounder);
        TVector r = TSimd.Subtract(bounded, TSimd.Multiply(n, TSimd.Create(Ln2High)));
        r = TSimd.Subtract(r, TSimd.Multiply(n, TSimd.Create(Ln2Low)));

        TVector sum = Next(TSimd.Create(1f / 5040), r, 1f / 720);
        sum = Next(sum, r, 1f / 120);
        sum = Next(sum, r, 1f / 24);
        sum = Next(sum, r, 1f / 6);
        sum = Next(sum, r, 1f / 2);
        sum = TSimd.Add(TSimd.Multiply(TSimd.Multiply(r, r), sum), r);
        TVector power = TSimd.Multiply(TSimd.Add(sum, TSimd.Create(1f)), TSimd.PowerOfTwo(n));
        return TSimd.SelectGreater(TSimd.Create(Smallest), x, default, power);
    }

    /// <summary>A step of Horner's scheme: sum * r + coefficient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Next(TVector sum, TVector r, float coefficient) => TSimd.Add(TSimd.Multiply(sum, r), TSimd.Create(coefficient));
}
