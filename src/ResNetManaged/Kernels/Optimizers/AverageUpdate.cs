using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Optimizers;

/// <summary>average += share * (value - average): one step of an exponential moving average.</summary>
/// <remarks>
/// Written as a difference so that an average equal to its values stays put; decay * average + share * value would drift by the rounding of
/// the two factors. Spans are disjoint; any length, 0 included; NaN propagates.
/// </remarks>
internal static unsafe class AverageUpdate
{
    /// <summary>Updates the average.</summary>
    /// <param name="share">The weight of the new values, from 0 to 1.</param>
    /// <param name="value">The new values.</param>
    /// <param name="average">The average, updated; as long as the values.</param>
    /// <param name="path">The vector width, resolved.</param>
    /// <exception cref="Tensors.ShapeMismatchException">Lengths differ.</exception>
    public static void Run(float share, ReadOnlySpan<float> value, Span<float> average, SimdPath path)
    {
        Check.Length("ExponentialMovingAverage", nameof(average), average.Length, value.Length);
        fixed (float* x = value, y = average)
            SimdDispatch.Run(path, new Action(share, value.Length, x, y));
    }

    private readonly struct Action(float share, int count, float* value, float* average) : ISimdAction
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
            TVector factor = TSimd.Create(share);
            float* x = value, y = average;
            for (; i <= count - TSimd.Lanes; i += TSimd.Lanes)
            {
                TVector before = TSimd.Load(y + i);
                TSimd.Store(TSimd.MultiplyAdd(factor, TSimd.Subtract(TSimd.Load(x + i), before), before), y + i);
            }
            return i;
        }
    }
}
