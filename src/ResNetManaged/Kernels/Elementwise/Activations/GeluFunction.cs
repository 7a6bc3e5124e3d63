using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Elementwise.Activations;

/// <summary>y = x Phi(x) with the normal distribution Phi(x) = (1 + erf(x / sqrt(2))) / 2.</summary>
/// <remarks>
/// Hendrycks and Gimpel 2016, arXiv:1606.08415, equation 1. As in PyTorch, 1 + erf cancels for negative x: the error of y is below 14 |x| u, with
/// u = 2^-24, half of the 24 u of <see cref="ErrorFunction{TSimd, TVector}"/> and two roundings.
/// </remarks>
internal readonly struct GeluFunction : IActivationFunction
{
    private const float DensityAtZero = 0.398942280f; // 1 / sqrt(2 pi)

    /// <inheritdoc/>
    public double Apply(double x) => x * Distribution(x);

    /// <inheritdoc/>
    public double Derivative(double x) => Distribution(x) + x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct =>
        TSimd.Multiply(TSimd.Multiply(x, TSimd.Create(0.5f)), TSimd.Add(ErrorFunction<TSimd, TVector>.OfNormal(x), TSimd.Create(1f)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Derivative<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector sum = TSimd.Add(ErrorFunction<TSimd, TVector>.OfNormal(x), TSimd.Create(1f));
        TVector distribution = TSimd.Multiply(TSimd.Create(0.5f), sum);
        TVector power = TSimd.Multiply(TSimd.Multiply(x, x), TSimd.Create(-0.5f));
        TVector density = TSimd.Multiply(Exponential<TSimd, TVector>.OfNonPositive(power), TSimd.Create(DensityAtZero));
        return TSimd.Add(TSimd.Multiply(x, density), distribution);
    }

    private static double Distribution(double x) => (1 + ErrorFunction.Of(x / Math.Sqrt(2))) / 2;
}
