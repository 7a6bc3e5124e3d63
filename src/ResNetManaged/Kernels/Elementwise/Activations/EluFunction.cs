using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Elementwise.Activations;

/// <summary>y = x for x above 0, else alpha (exp(x) - 1). At 0 the derivative is taken to be alpha, as in PyTorch.</summary>
/// <remarks>Clevert, Unterthiner and Hochreiter 2015, arXiv:1511.07289, equation 15. The error below 0 is below 5 alpha * 2^-24.</remarks>
/// <param name="alpha">The negative of the limit below 0.</param>
internal readonly struct EluFunction(float alpha) : IActivationFunction
{
    /// <summary>The negative of the limit below 0.</summary>
    public float Alpha => alpha;

    /// <inheritdoc/>
    public double Apply(double x) => x > 0 ? x : alpha * (Math.Exp(x) - 1);

    /// <inheritdoc/>
    public double Derivative(double x) => x > 0 ? 1 : alpha * Math.Exp(x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector e = ExpOfNegativePart<TSimd, TVector>(x);
        return TSimd.SelectGreater(x, default, x, TSimd.Multiply(TSimd.Subtract(e, TSimd.Create(1f)), TSimd.Create(alpha)));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Derivative<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct =>
        TSimd.SelectGreater(x, default, TSimd.Create(1f), TSimd.Multiply(ExpOfNegativePart<TSimd, TVector>(x), TSimd.Create(alpha)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ExpOfNegativePart<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => Exponential<TSimd, TVector>.OfNonPositive(TSimd.SelectGreater(x, default, default, x));
}
