using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels;

/// <summary>Multiply-adds between registers and nothing else: as many per second as the processor can do.</summary>
internal static unsafe class MultiplyAddLoop<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>
    /// Independent sums. A unit starts on another one every cycle until the first is ready again: 2 units times 4 or 5 cycles on current processors.
    /// Twelve sums and two operands still fit 16 registers.
    /// </summary>
    private const int Chains = 12;

    /// <summary>Multiply-adds of one step.</summary>
    public static int MultiplyAddsPerStep => Chains * TSimd.Lanes;

    /// <summary>
    /// Runs some steps. Each sum goes s -> s / 2 + 1 and converges to 2: no infinities, and no subnormals, which some processors handle slowly.
    /// </summary>
    /// <returns>A sum of all sums, so that none can be optimized away.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static float Run(int steps)
    {
        TVector half = TSimd.Create(0.5f), one = TSimd.Create(1f);
        TVector s0 = one, s1 = one, s2 = one, s3 = one, s4 = one, s5 = one, s6 = one, s7 = one, s8 = one, s9 = one, s10 = one, s11 = one;
        for (int i = 0; i < steps; i++)
        {
            s0 = TSimd.MultiplyAdd(s0, half, one);
            s1 = TSimd.MultiplyAdd(s1, half, one);
            s2 = TSimd.MultiplyAdd(s2, half, one);
            s3 = TSimd.MultiplyAdd(s3, half, one);
            s4 = TSimd.MultiplyAdd(s4, half, one);
            s5 = TSimd.MultiplyAdd(s5, half, one);
            s6 = TSimd.MultiplyAdd(s6, half, one);
            s7 = TSimd.MultiplyAdd(s7, half, one);
            s8 = TSimd.MultiplyAdd(s8, half, one);
            s9 = TSimd.MultiplyAdd(s9, half, one);
            s10 = TSimd.MultiplyAdd(s10, half, one);
            s11 = TSimd.MultiplyAdd(s11, half, one);
        }

        // All sums are used, so that the compiler cannot drop one.
        TVector low = TSimd.Add(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)), TSimd.Add(s4, s5));
        TVector high = TSimd.Add(TSimd.Add(TSimd.Add(s6, s7), TSimd.Add(s8, s9)), TSimd.Add(s10, s11));
        float* sum = stackalloc float[TSimd.Lanes];
        TSimd.Store(TSimd.Add(low, high), sum);
        return sum[0];
    }
}
