using BenchmarkDotNet.Attributes;
using ResNetManaged.Benchmarks.Reporting;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Benchmarks.Kernels;

/// <summary>The ceiling: multiply-adds between registers, for every vector width of this processor.</summary>
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
    public void Registers() => MultiplyAddLoop.Run(Simd.Path, Threads, Simd.MultiplyAdds);

    /// <summary>The same work on every width.</summary>
    public sealed record RegisterLoop(SimdPath Path) : ICountedWork
    {
        public long MultiplyAdds => 1 << 27;

        public override string ToString() => Path.ToString();
    }
}
