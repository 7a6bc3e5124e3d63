using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Elementwise.Activations;

/// <summary>y = min(max(x + 3, 0), 6) / 6, with two roundings. At -3 and 3 the derivative is taken to be 0, as in PyTorch.</summary>
internal readonly struct HardsigmoidFunction : IActivationFunction
{
    /// <summary>y is 0 from -3 down, and 1 from 3 up.</summary>
    internal const float Limit = 3f;

    /// <inheritdoc/>
    public double Apply(double x) => Math.Min(Math.Max(x + Limit, 0), 2 * Limit) / (2 * Limit);

    /// <inheritdoc/>
    public double Derivative(double x) => x > -Limit && x < Limit ? 1 / (2.0 * Limit) : 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector shifted = TSimd.Add(x, TSimd.Create(Limit));
        return TSimd.Divide(new ClipFunction(0f, 2 * Limit).Apply<TSimd, TVector>(shifted), TSimd.Create(2 * Limit));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Derivative<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct =>
        TSimd.Multiply(new ClipFunction(-Limit, Limit).Derivative<TSimd, TVector>(x), TSimd.Create(1 / (2 * Limit)));
}
