using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels.Simd;

/// <summary>erf(x / sqrt(2)) of vectors: the probability that a standard normal number is between -|x| and |x|, with the sign of x.</summary>
/// <remarks>
/// <para>
/// Up to |x| = 5.5 it is x P(x^2) / Q(x^2), with polynomials of degree 5 and 6 that interpolate the function at the Chebyshev nodes of [-5.5, 5.5],
/// computed with 60 digits; beyond, it rounds to 1. All coefficients are positive, so nothing cancels. Lanes do not depend on each other, so all
/// vector widths of a processor give the same bits.
/// </para>
/// <para>
/// The relative error is below 24 u, with u = 2^-24. In units of u: interpolation and rounded coefficients 1.8. A step of Horner's scheme rounds
/// once if it is fused, else twice; weighted with what each partial sum is of the whole, the steps of both polynomials add up to at most 8.9 or
/// 17.7. The square, the product and the quotient round by at most 1 each.
/// </para>
/// </remarks>
internal static class ErrorFunction<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>From here on the result is 1: the exact one differs from 1 by less than 0.64 u.</summary>
    private const float Limit = 5.5f;

    /// <summary>erf(x / sqrt(2)), with a relative error below 24 * 2^-24; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector OfNormal(TVector x)
    {
        TVector s = TSimd.Multiply(x, x), one = TSimd.Create(1f), limit = TSimd.Create(Limit);
        TVector p = Next(TSimd.Create(1.82956299e-07f), s, 1.96445799e-05f);
        TVector q = Next(TSimd.Create(5.32206501e-09f), s, 2.59920034e-06f);
        p = Next(p, s, 3.67142726e-04f);
        q = Next(q, s, 9.04252956e-05f);
        p = Next(p, s, 9.90415923e-03f);
        q = Next(q, s, 2.03512446e-03f);
        p = Next(p, s, 6.67352974e-02f);
        q = Next(q, s, 2.91289724e-02f);
        p = Next(p, s, 7.97884643e-01f);
        q = Next(q, s, 2.50308067e-01f);
        q = Next(q, s, 1f);
        TVector inside = TSimd.Divide(TSimd.Multiply(x, p), q);
        TVector right = TSimd.SelectGreater(x, limit, one, inside);
        return TSimd.SelectGreater(TSimd.Subtract(default, limit), x, TSimd.Create(-1f), right);
    }

    /// <summary>A step of Horner's scheme: sum * s + coefficient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Next(TVector sum, TVector s, float coefficient) => TSimd.MultiplyAdd(sum, s, TSimd.Create(coefficient));
}

/// <summary>The error function in double.</summary>
internal static class ErrorFunction
{
    /// <summary>From here on erf rounds to 1.</summary>
    private const double Limit = 6;

    /// <summary>erf(x) = 2 / sqrt(pi) exp(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + ...), a series without cancellation.</summary>
    /// <remarks>Abramowitz and Stegun 1964, equation 7.1.6. The error is a few units in the last place.</remarks>
    public static double Of(double x)
    {
        if (double.IsNaN(x)) return x;
        if (Math.Abs(x) >= Limit) return Math.Sign(x);
        double square = x * x, term = x, sum = 0;
        for (int n = 1; sum + term != sum; n++)
        {
            sum += term;
            term *= 2 * square / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-square) * sum;
    }
}
