using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Benchmarks.Models;

/// <summary>A network with reproducible weights, an input with labels, and the graph from which the peers are built.</summary>
internal sealed class BenchmarkNetwork
{
    /// <summary>Creates a named network for a batch of distinct images, in evaluation mode unless it is to be trained.</summary>
    public BenchmarkNetwork(string name, int batch = 1, bool train = false)
    {
        TorchGenerator generator = new(0);
        Module = ResNet.Create(name, generator: generator).Train(train);
        RandomizeBatchNorm(Module, generator);
        int size = Module.Config.InputSize;
        Input = Tensor.Normal([batch, Module.Config.InChannels, size, size], generator);
        Graph = Module.Trace(Input.Shape);
        Labels = [.. Enumerable.Range(0, batch).Select(image => image * 7 % Module.Config.NumClasses)];
    }

    public ResNet Module { get; }

    public Tensor Input { get; }

    public Graph Graph { get; }

    /// <summary>A class for each image.</summary>
    public int[] Labels { get; }

    /// <summary>
    /// Statistics like those of trained networks. Fresh ones are trivial (mean 0, variance 1), and some weights are zero, so comparing outputs
    /// would not reveal a wrong residual branch.
    /// </summary>
    private static void RandomizeBatchNorm(Module network, TorchGenerator generator)
    {
        foreach (BatchNorm2d norm in network.NamedModules().Select(entry => entry.Module).OfType<BatchNorm2d>())
        {
            generator.FillUniform(norm.Weight!.Value.Span, 0.5f, 1f);
            generator.FillUniform(norm.Bias!.Value.Span, -0.1f, 0.1f);
            generator.FillUniform(norm.RunningMean!.Value.Span, -0.1f, 0.1f);
            generator.FillUniform(norm.RunningVar!.Value.Span, 0.5f, 1.5f);
        }
    }
}
