using BenchmarkDotNet.Attributes;
using ResNetManaged.Benchmarks.Reporting;
using ResNetManaged.Search;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Benchmarks.Search;

/// <summary>Finding the ten nearest of many vectors, limited by memory: each vector is read once.</summary>
public class EmbeddingIndexBenchmarks
{
    private const int Top = 10;

    private EmbeddingIndex _index = null!;
    private float[] _query = [];

    public IEnumerable<Vectors> Sizes => [new("100000 x 512", 100_000, 512), new("100000 x 2048", 100_000, 2048), new("awkward 9973 x 97", 9973, 97)];

    public IEnumerable<int> ThreadCounts => Selection.Threads;

    [ParamsSource(nameof(Sizes))]
    public Vectors Size { get; set; } = null!;

    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        TorchGenerator generator = new(0);
        ExecutionOptions.Default = new ExecutionOptions { Threads = Threads };
        _index = new EmbeddingIndex(Tensor.Uniform([Size.Count, Size.Dimensions], generator));
        _query = Tensor.Uniform([Size.Dimensions], generator).ReadOnlySpan.ToArray();
        WarmUp.Run(() => Nearest());
    }

    [Benchmark]
    public IReadOnlyList<Neighbor> Nearest() => _index.Nearest(_query, Top);

    /// <summary>A number of vectors of one length.</summary>
    public sealed record Vectors(string Name, int Count, int Dimensions) : ICountedWork
    {
        public long MultiplyAdds => (long)Count * Dimensions;

        public override string ToString() => Name;
    }
}
