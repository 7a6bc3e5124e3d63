using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Optimizers;

/// <summary>The factors of one step of AdamW.</summary>
/// <param name="Shrinkage">1 - learning rate * weight decay.</param>
/// <param name="NewMean">1 - beta1: the weight of this gradient in the mean.</param>
/// <param name="Beta2">The weight of the past in the mean square.</param>
/// <param name="NewSquare">1 - beta2.</param>
/// <param name="RootCorrection">1 / sqrt(1 - beta2^t).</param>
/// <param name="Eps">Added to the root.</param>
/// <param name="StepSize">learning rate / (1 - beta1^t).</param>
internal readonly record struct AdamWStep(
    float Shrinkage, float NewMean, float Beta2, float NewSquare, float RootCorrection, float Eps, float StepSize);

/// <summary>One step of AdamW: weights, means and mean squares in one pass.</summary>
/// <remarks>
/// The arithmetic of <c>torch.optim.AdamW</c>: w *= shrinkage; m += newMean * (g - m); s = beta2 * s + newSquare * g * g;
/// w -= stepSize * m / (sqrt(s) * rootCorrection + eps). Spans are disjoint; any length, 0 included; NaN propagates.
/// </remarks>
internal static unsafe class AdamWUpdate
{
    /// <summary>Updates weights, means and mean squares.</summary>
    /// <param name="step">The factors.</param>
    /// <param name="gradient">g.</param>
    /// <param name="weight">w, updated; as long as the gradient.</param>
    /// <param name="mean">m, updated; as long as the gradient.</param>
    /// <param name="square">s, updated; as long as the gradient.</param>
    /// <param name="path">The vector width, resolved.</param>
    /// <exception cref="Tensors.ShapeMismatchException">Lengths differ.</exception>
    public static void Run(in AdamWStep step, ReadOnlySpan<float> gradient, Span<float> weight, Span<float> mean, Span<float> square, SimdPath path)
    {
        Check.Length("AdamW", nameof(weight), weight.Length, gradient.Length);
        Check.Length("AdamW", nameof(mean), mean.Length, gradient.Length);
        Check.Length("AdamW", nameof(square), square.Length, gradient.Length);
        fixed (float* g = gradient, w = weight, m = mean, s = square)
            SimdDispatch.Run(path, new Action(step, gradient.Length, g, w, m, s));
    }

    private readonly struct Action(AdamWStep step, int count, float* gradient, float* weight, float* mean, float* square) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct => Update<SimdScalar, float>(Update<TSimd, TVector>(0));

        /// <summary>Updates whole vectors starting at an index; returns the first index not updated.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private int Update<TSimd, TVector>(int i)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            TVector shrinkage = TSimd.Create(step.Shrinkage), newMean = TSimd.Create(step.NewMean), beta2 = TSimd.Create(step.Beta2),
                newSquare = TSimd.Create(step.NewSquare), correction = TSimd.Create(step.RootCorrection), eps = TSimd.Create(step.Eps),
                size = TSimd.Create(-step.StepSize);
            float* g = gradient, w = weight, m = mean, s = square;
            for (; i <= count - TSimd.Lanes; i += TSimd.Lanes)
            {
                TVector slope = TSimd.Load(g + i), average = TSimd.Load(m + i);
                average = TSimd.MultiplyAdd(newMean, TSimd.Subtract(slope, average), average);
                TVector power = TSimd.MultiplyAdd(TSimd.Multiply(newSquare, slope), slope, TSimd.Multiply(beta2, TSimd.Load(s + i)));
                TVector direction = TSimd.Divide(average, TSimd.MultiplyAdd(TSimd.Sqrt(power), correction, eps));
                TSimd.Store(average, m + i);
                TSimd.Store(power, s + i);
                TSimd.Store(TSimd.MultiplyAdd(size, direction, TSimd.Multiply(shrinkage, TSimd.Load(w + i))), w + i);
            }
            return i;
        }
    }
}
