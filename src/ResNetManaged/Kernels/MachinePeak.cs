using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels;

/// <summary>What this machine can do at most: multiply-adds between registers and nothing else.</summary>
/// <remarks>Measured, since clock rates and what a virtual machine gets of them are not to be asked for. Takes some 0.3 s.</remarks>
public static unsafe class MachinePeak
{
    private const int Samples = 1500;

    /// <summary>Some 0.2 ms at 4 GHz, whatever the width: shorter than a time slice, so that some samples are not interrupted.</summary>
    private const int StepsPerSample = 1 << 17;

    /// <summary>
    /// Independent sums. A unit needs a new one every cycle until the first is ready again: 2 units times 4 or 5 cycles on present
    /// processors. Twelve and two operands still fit 16 registers.
    /// </summary>
    private const int Chains = 12;

    /// <summary>Measures the multiply-add peak: the best of many short samples.</summary>
    /// <param name="threads">Threads that compute at once; the processors that this process may use, at most. At least 1.</param>
    /// <param name="simd">The vector width.</param>
    /// <returns>GFLOP/s of all threads together; a multiply-add counts as two operations.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no threads.</exception>
    /// <exception cref="PlatformNotSupportedException">This processor does not have that width.</exception>
    public static double MultiplyAdds(int threads, SimdPath simd = SimdPath.Auto)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        StrongBox<double> gigaflops = new();
        SimdDispatch.Run(SimdDispatch.Resolve(simd), new Measurement(threads, gigaflops));
        return gigaflops.Value;
    }

    private readonly struct Measurement(int threads, StrongBox<double> gigaflops) : ISimdAction
    {
        public void Invoke<TSimd, TVector>() where TSimd : struct, ISimd<TVector> where TVector : struct
        {
            Sampling<TSimd, TVector> sampling = new();
            new WorkerTeam().Run(threads, sampling);
            gigaflops.Value = sampling.Gigaflops;
        }
    }

    /// <summary>All samples, in one parallel region.</summary>
    private sealed class Sampling<TSimd, TVector> : ITeamWork where TSimd : struct, ISimd<TVector> where TVector : struct
    {
        public double Gigaflops { get; private set; }

        public void Run(WorkShare share, TeamBarrier barrier)
        {
            double best = double.PositiveInfinity;
            for (int i = 0; i < Samples; i++)
            {
                long start = Stopwatch.GetTimestamp(); // before the barrier: nobody has begun
                barrier.Wait();
                Loop<TSimd, TVector>(StepsPerSample);
                barrier.Wait();
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds);
            }
            if (share.Thread == 0) Gigaflops = 2.0 * StepsPerSample * Chains * TSimd.Lanes * share.Threads / best;
        }
    }

    /// <summary>Each sum goes s -> s / 2 + 1 and so to 2: no infinities and no subnormals, which some processors are slow on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Loop<TSimd, TVector>(int steps) where TSimd : struct, ISimd<TVector> where TVector : struct
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

        // The sums are used, so that the compiler cannot leave one out.
        TVector low = TSimd.Add(TSimd.Add(TSimd.Add(s0, s1), TSimd.Add(s2, s3)), TSimd.Add(s4, s5));
        TVector high = TSimd.Add(TSimd.Add(TSimd.Add(s6, s7), TSimd.Add(s8, s9)), TSimd.Add(s10, s11));
        float* sum = stackalloc float[TSimd.Lanes];
        TSimd.Store(TSimd.Add(low, high), sum);
        return sum[0];
    }
}
