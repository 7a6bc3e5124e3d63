using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Elementwise.Activations;

/// <summary>y = min(max(x, smallest), largest), exactly. The derivative is 1 strictly between the two, as in PyTorch, and 0 elsewhere.</summary>
/// <param name="smallest">The smallest y.</param>
/// <param name="largest">The largest y; more than <paramref name="smallest"/>.</param>
internal readonly struct ClipFunction(float smallest, float largest) : IActivationFunction
{
    /// <summary>The smallest y.</summary>
    public float Smallest => smallest;

    /// <summary>The largest y.</summary>
    public float Largest => largest;

    /// <inheritdoc/>
    public double Apply(double x) => Math.Min(Math.Max(x, smallest), largest);

    /// <inheritdoc/>
    public double Derivative(double x) => x > smallest && x < largest ? 1 : 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Apply<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector low = TSimd.Create(smallest), high = TSimd.Create(largest);
        TVector raised = TSimd.SelectGreater(low, x, low, x); // NaN does not compare as less, so it stays
        return TSimd.SelectGreater(raised, high, high, raised);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Derivative<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        TVector belowLargest = TSimd.SelectGreater(TSimd.Create(largest), x, TSimd.Create(1f), default);
        return TSimd.SelectGreater(x, TSimd.Create(smallest), belowLargest, default);
    }
}
