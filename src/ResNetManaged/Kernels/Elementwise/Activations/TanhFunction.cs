using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Elementwise.Activations;

/// <summary>y = tanh(x) = (1 - e) / (1 + e) with e = exp(-2 |x|), with the sign of x; the error is below 6 * 2^-24.</summary>
internal readonly struct TanhFunction : IActivationFunction
{
    /// <inheritdoc/>
    public double Apply(double x) => Math.Tanh(x);

    /// <inheritdoc/>
    public double Derivative(double x) => 4 * default(SigmoidFunction).Derivative(2 * x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector one = TSimd.Create(1f), e = SigmoidFunction.ExpOfNegatedMagnitude<TSimd, TVector>(TSimd.Add(x, x));
        TVector magnitude = TSimd.Divide(TSimd.Subtract(one, e), TSimd.Add(one, e));
        return TSimd.SelectGreater(default, x, TSimd.Subtract(default, magnitude), magnitude);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Derivative<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => TSimd.Multiply(TSimd.Create(4f), default(SigmoidFunction).Derivative<TSimd, TVector>(TSimd.Add(x, x)));
}
