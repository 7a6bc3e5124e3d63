using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Elementwise.Activations;

/// <summary>
/// y = min(max(alpha x + beta, 0), 1), with two roundings: ONNX's hard sigmoid. The derivative is alpha strictly between 0 and 1, else 0.
/// </summary>
/// <param name="alpha">The slope between 0 and 1.</param>
/// <param name="beta">y at 0, before it is clipped.</param>
internal readonly struct ClippedLineFunction(float alpha, float beta) : IActivationFunction
{
    /// <summary>The slope between 0 and 1.</summary>
    public float Alpha => alpha;

    /// <summary>y at 0, before it is clipped.</summary>
    public float Beta => beta;

    private static ClipFunction Clip => new(0f, 1f);

    /// <inheritdoc/>
    public double Apply(double x) => Clip.Apply(alpha * x + beta);

    /// <inheritdoc/>
    public double Derivative(double x) => alpha * Clip.Derivative(alpha * x + beta);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => Clip.Apply<TSimd, TVector>(Line<TSimd, TVector>(x));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Derivative<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => TSimd.Multiply(Clip.Derivative<TSimd, TVector>(Line<TSimd, TVector>(x)), TSimd.Create(alpha));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TVector Line<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct => TSimd.Add(TSimd.Multiply(x, TSimd.Create(alpha)), TSimd.Create(beta));
}
