using BenchmarkDotNet.Attributes;
using ResNetManaged.Benchmarks.Reporting;
using ResNetManaged.Kernels;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Benchmarks.Kernels;

/// <summary>The peak: multiply-adds between registers, for every vector width of this processor.</summary>
public class MultiplyAddPeak
{
    /// <summary>The vector width.</summary>
    public IEnumerable<RegisterLoop> Widths => SimdDispatch.Accelerated.Select(path => new RegisterLoop(path));

    public IEnumerable<int> ThreadCounts => Selection.Threads;

    [ParamsSource(nameof(Widths))]
    public RegisterLoop Simd { get; set; } = null!;

    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    [Benchmark]
    public void Registers() => SimdDispatch.Run(Simd.Path, new Loops(Threads, Simd.MultiplyAdds));

    /// <summary>The same work on every width.</summary>
    public sealed record RegisterLoop(SimdPath Path) : ICountedWork
    {
        public long MultiplyAdds => 1 << 27;

        public override string ToString() => Path.ToString();
    }

    /// <summary>The multiply-adds, divided evenly among the threads.</summary>
    private readonly struct Loops(int threads, long multiplyAdds) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct => ParallelLoop.For(threads, threads, new Loop<TSimd, TVector>(
                (int)(multiplyAdds / threads / MultiplyAddLoop<TSimd, TVector>.MultiplyAddsPerStep)));
    }

    private readonly struct Loop<TSimd, TVector>(int steps) : IWork
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        public void Run(int index) => MultiplyAddLoop<TSimd, TVector>.Run(steps);
    }
}
