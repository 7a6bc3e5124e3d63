using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Elementwise.Activations;

/// <summary>y = x * min(max(x + 3, 0), 6) / 6, with three roundings. At -3 the derivative is taken to be 0, and at 3 to be 1.</summary>
internal readonly struct HardswishFunction : IActivationFunction
{
    private const float Limit = HardsigmoidFunction.Limit;

    /// <inheritdoc/>
    public double Apply(double x) => x * default(HardsigmoidFunction).Apply(x);

    /// <inheritdoc/>
    public double Derivative(double x) => x <= -Limit ? 0 : x >= Limit ? 1 : x / Limit + 0.5;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => TSimd.Multiply(x, default(HardsigmoidFunction).Apply<TSimd, TVector>(x));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Derivative<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector limit = TSimd.Create(Limit), one = TSimd.Create(1f), inside = TSimd.Add(TSimd.Divide(x, limit), TSimd.Create(0.5f));
        // Compared so that NaN is neither below nor above, and stays NaN.
        TVector bounded = TSimd.SelectGreater(limit, x, inside, TSimd.SelectGreater(x, default, one, inside));
        return TSimd.SelectGreater(x, TSimd.Create(-Limit), bounded, TSimd.SelectGreater(default, x, default, bounded));
    }
}
