using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Elementwise.Activations;

/// <summary>y = x for x above 0, else slope * x. At 0 the derivative is taken to be the slope, as in PyTorch.</summary>
/// <param name="slope">The slope below 0.</param>
internal readonly struct LeakyReluFunction(float slope) : IActivationFunction
{
    /// <summary>The slope below 0.</summary>
    public float Slope => slope;

    /// <inheritdoc/>
    public double Apply(double x) => x > 0 ? x : slope * x;

    /// <inheritdoc/>
    public double Derivative(double x) => x > 0 ? 1 : slope;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => TSimd.SelectGreater(x, default, x, TSimd.Multiply(x, TSimd.Create(slope)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Derivative<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => TSimd.SelectGreater(x, default, TSimd.Create(1f), TSimd.Create(slope));
}
