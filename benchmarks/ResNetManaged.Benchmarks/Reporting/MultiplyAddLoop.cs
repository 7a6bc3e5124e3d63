using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Benchmarks.Reporting;

/// <summary>Multiply-adds between registers and nothing else: as fast as this processor can do them.</summary>
internal static unsafe class MultiplyAddLoop
{
    /// <summary>
    /// Independent sums. A unit needs a new one every cycle until the first is ready again: 2 units times 4 or 5 cycles on present
    /// processors. Twelve and two operands still fit 16 registers.
    /// </summary>
    private const int Chains = 12;

    /// <summary>Does <paramref name="multiplyAdds"/> multiply-adds, shared out evenly among the threads.</summary>
    public static void Run(SimdPath simd, int threads, long multiplyAdds) =>
        SimdDispatch.Run(SimdDispatch.Resolve(simd), new Action(threads, multiplyAdds));

    private readonly struct Action(int threads, long multiplyAdds) : ISimdAction
    {
        public void Invoke<TSimd, TVector>() where TSimd : struct, ISimd<TVector> where TVector : struct =>
            ParallelLoop.For(threads, threads, new Work<TSimd, TVector>(multiplyAdds / threads / (Chains * TSimd.Lanes)));
    }

    private readonly struct Work<TSimd, TVector>(long steps) : IWork where TSimd : struct, ISimd<TVector> where TVector : struct
    {
        public void Run(int index) => Loop<TSimd, TVector>(steps);
    }

    /// <summary>Each sum goes s -> s / 2 + 1 and so to 2: no infinities and no subnormals, which some processors are slow on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Loop<TSimd, TVector>(long steps) where TSimd : struct, ISimd<TVector> where TVector : struct
    {
        TVector half = TSimd.Create(0.5f), one = TSimd.Create(1f);
        TVector s0 = one, s1 = one, s2 = one, s3 = one, s4 = one, s5 = one, s6 = one, s7 = one, s8 = one, s9 = one, s10 = one, s11 = one;
        for (long i = 0; i < steps; i++)
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

        // The sums are used, so that the compiler cannot leave one out.
        TVector low = TSimd.Add(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)), TSimd.Add(s4, s5));
        TVector high = TSimd.Add(TSimd.Add(TSimd.Add(s6, s7), TSimd.Add(s8, s9)), TSimd.Add(s10, s11));
        float* sum = stackalloc float[TSimd.Lanes];
        TSimd.Store(TSimd.Add(low, high), sum);
        return sum[0];
    }
}
