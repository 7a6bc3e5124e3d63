using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Optimizers;

/// <summary>The factors of one step of stochastic gradient descent.</summary>
internal readonly record struct SgdStep(float LearningRate, float Momentum, float WeightDecay, bool Nesterov);

/// <summary>One step of stochastic gradient descent: weights and velocities in one pass.</summary>
/// <remarks>
/// The arithmetic of <c>torch.optim.SGD</c> with dampening 0: d = g + weightDecay * w; v = momentum * v + d; w -= learningRate * v, or with Nesterov
/// w -= learningRate * (d + momentum * v). Spans are disjoint; any length, 0 included; NaN propagates.
/// </remarks>
internal static unsafe class SgdUpdate
{
    /// <summary>Updates weights and velocities.</summary>
    /// <param name="step">The factors.</param>
    /// <param name="gradient">g.</param>
    /// <param name="weight">w, updated; as long as the gradient.</param>
    /// <param name="velocity">v, updated; as long as the gradient, or empty for no momentum.</param>
    /// <param name="path">The vector width, resolved.</param>
    /// <exception cref="Tensors.ShapeMismatchException">Lengths differ.</exception>
    public static void Run(in SgdStep step, ReadOnlySpan<float> gradient, Span<float> weight, Span<float> velocity, SimdPath path)
    {
        Check.Length("Sgd", nameof(weight), weight.Length, gradient.Length);
        Check.LengthOrEmpty("Sgd", nameof(velocity), velocity.Length, gradient.Length);
        fixed (float* g = gradient, w = weight, v = velocity)
            SimdDispatch.Run(path, new Action(step, gradient.Length, g, w, v));
    }

    private readonly struct Action(SgdStep step, int count, float* gradient, float* weight, float* velocity) : ISimdAction
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
            TVector decay = TSimd.Create(step.WeightDecay), momentum = TSimd.Create(step.Momentum), rate = TSimd.Create(-step.LearningRate);
            float* g = gradient, w = weight, v = velocity;
            for (; i <= count - TSimd.Lanes; i += TSimd.Lanes)
            {
                TVector value = TSimd.Load(w + i), direction = TSimd.MultiplyAdd(decay, value, TSimd.Load(g + i));
                if (v != null)
                {
                    TVector moved = TSimd.MultiplyAdd(momentum, TSimd.Load(v + i), direction);
                    TSimd.Store(moved, v + i);
                    direction = step.Nesterov ? TSimd.MultiplyAdd(momentum, moved, direction) : moved;
                }
                TSimd.Store(TSimd.MultiplyAdd(rate, direction, value), w + i);
            }
            return i;
        }
    }
}
