using System.Diagnostics;
using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels;

/// <summary>The peak of this machine: multiply-adds between registers and nothing else.</summary>
/// <remarks>Measured, because the clock rate, and a virtual machine's share of it, cannot be queried. Takes about 0.3 s.</remarks>
internal static class MachinePeak
{
    private const int Samples = 1500;

    /// <summary>About 0.2 ms at 4 GHz for any width: shorter than a time slice, so some samples are not interrupted.</summary>
    private const int StepsPerSample = 1 << 17;

    /// <summary>Measures the multiply-add peak: the best of many short samples.</summary>
    /// <param name="threads">Threads that compute at once, at least 1; no more run than this process has processors.</param>
    /// <param name="simd">The vector width.</param>
    /// <returns>GFLOP/s of all threads together; a multiply-add counts as two operations.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number of threads is less than 1.</exception>
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
                long start = Stopwatch.GetTimestamp(); // before the barrier, so no thread has started yet
                barrier.Wait();
                MultiplyAddLoop<TSimd, TVector>.Run(StepsPerSample);
                barrier.Wait();
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds);
            }
            if (share.Thread == 0) Gigaflops = 2.0 * StepsPerSample * MultiplyAddLoop<TSimd, TVector>.MultiplyAddsPerStep * share.Threads / best;
        }
    }
}
