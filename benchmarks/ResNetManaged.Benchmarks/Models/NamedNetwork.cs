using ResNetManaged.Benchmarks.Reporting;
using ResNetManaged.Graphs;
using ResNetManaged.Models;

namespace ResNetManaged.Benchmarks.Models;

/// <summary>A network's name and its cost, before any weights exist.</summary>
public sealed class NamedNetwork : ICountedWork
{
    private readonly string _name;

    internal NamedNetwork(string name)
    {
        _name = name;
        ResNet network = ResNet.Create(name);
        Graph graph = network.Trace([1, network.Config.InChannels, network.Config.InputSize, network.Config.InputSize]);
        MultiplyAdds = WorkCount.Of(graph);
    }

    public long MultiplyAdds { get; }

    public override string ToString() => _name;
}
