using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Elementwise.Activations;

/// <summary>y = x tanh(ln(1 + exp(x))).</summary>
/// <remarks>
/// Misra 2019, arXiv:1908.08681, equation 1. With e = exp(-|x|), the hyperbolic tangent is n / d, where n = 1 + 2 e and d = n + 2 e^2 for x of at
/// least 0, and n = e (2 + e) and d = n + 2 below: its definition with exp(ln(1 + exp(x))) = 1 + exp(x). All terms are positive. The relative error
/// is below 10 u, with u = 2^-24: at most 5.4 u for n, of which d has a part, and three roundings.
/// </remarks>
internal readonly struct MishFunction : IActivationFunction
{
    /// <inheritdoc/>
    public double Apply(double x) => x * Math.Tanh(default(SoftplusFunction).Apply(x));

    /// <summary>The derivative: tanh(s) + x sigmoid(x) / cosh(s)^2 with s = ln(1 + exp(x)).</summary>
    public double Derivative(double x)
    {
        double softplus = default(SoftplusFunction).Apply(x), cosh = Math.Cosh(softplus);
        return Math.Tanh(softplus) + x * default(SigmoidFunction).Apply(x) / cosh / cosh;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        Fraction<TSimd, TVector>(x, SigmoidFunction.ExpOfNegatedMagnitude<TSimd, TVector>(x), out TVector n, out TVector d);
        return TSimd.Multiply(x, TSimd.Divide(n, d));
    }

    /// <remarks>1 - tanh^2 = (d^2 - n^2) / d^2; times the sigmoid, it is 4 e (1 + e) / d^2, with one more factor e for positive x.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Derivative<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector one = TSimd.Create(1f), e = SigmoidFunction.ExpOfNegatedMagnitude<TSimd, TVector>(x);
        Fraction<TSimd, TVector>(x, e, out TVector n, out TVector d);
        TVector factor = TSimd.Multiply(e, TSimd.SelectGreater(default, x, one, e)), reciprocal = TSimd.Divide(one, d);
        factor = TSimd.Multiply(TSimd.Multiply(factor, TSimd.Create(4f)), TSimd.Add(one, e));
        TVector slope = TSimd.Multiply(TSimd.Multiply(factor, reciprocal), reciprocal);
        return TSimd.Add(TSimd.Multiply(x, slope), TSimd.Multiply(n, reciprocal));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fraction<TSimd, TVector>(TVector x, TVector e, out TVector n, out TVector d)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector one = TSimd.Create(1f), two = TSimd.Create(2f), twice = TSimd.Add(e, e);
        n = TSimd.SelectGreater(default, x, TSimd.Multiply(e, TSimd.Add(e, two)), TSimd.Add(twice, one));
        d = TSimd.Add(n, TSimd.SelectGreater(default, x, two, TSimd.Multiply(twice, e)));
    }
}
