using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Elementwise.Activations;

/// <summary>y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, an approximation of <see cref="GeluFunction"/>.</summary>
/// <remarks>
/// Hendrycks and Gimpel 2016, arXiv:1606.08415, section 2. Computed as x sigmoid(z) with z = x (a + b x^2), which is the same: nothing cancels. z
/// is off by at most 5 |z| u, with u = 2^-24, which changes the sigmoid by 5 |z| sigmoid(-z) u, relative to itself.
/// </remarks>
internal readonly struct GeluTanhFunction : IActivationFunction
{
    private const double Linear = 1.5957691216057308, Cubic = 0.044715 * Linear; // 2 sqrt(2 / pi)

    /// <summary>From here on the derivative is 0 or 1; the square of a larger number might overflow.</summary>
    private const float Limit = 20f;

    /// <inheritdoc/>
    public double Apply(double x) => x * default(SigmoidFunction).Apply(Argument(x));

    /// <inheritdoc/>
    public double Derivative(double x)
    {
        double z = Argument(x), slope = Linear + 3 * Cubic * x * x;
        return default(SigmoidFunction).Apply(z) + x * slope * default(SigmoidFunction).Derivative(z);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector z = TSimd.Multiply(x, Polynomial<TSimd, TVector>(TSimd.Multiply(x, x), (float)Cubic));
        return TSimd.Multiply(x, default(SigmoidFunction).Apply<TSimd, TVector>(z));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Derivative<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        x = new ClipFunction(-Limit, Limit).Apply<TSimd, TVector>(x);
        TVector square = TSimd.Multiply(x, x), z = TSimd.Multiply(x, Polynomial<TSimd, TVector>(square, (float)Cubic));
        TVector slope = TSimd.Multiply(x, Polynomial<TSimd, TVector>(square, (float)(3 * Cubic)));
        TVector change = TSimd.Multiply(slope, default(SigmoidFunction).Derivative<TSimd, TVector>(z));
        return TSimd.Add(change, default(SigmoidFunction).Apply<TSimd, TVector>(z));
    }

    private static double Argument(double x) => x * (Linear + Cubic * x * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Polynomial<TSimd, TVector>(TVector square, float cubic)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => TSimd.Add(TSimd.Multiply(square, TSimd.Create(cubic)), TSimd.Create((float)Linear));
}
