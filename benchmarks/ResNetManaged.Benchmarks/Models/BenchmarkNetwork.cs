using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Onnx;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Benchmarks.Models;

/// <summary>A network with reproducible weights, or one from an ONNX file, an input with labels, and the graph from which the peers are built.</summary>
internal sealed class BenchmarkNetwork
{
    /// <summary>Creates a network for a batch of distinct images, in evaluation mode unless it is to be trained.</summary>
    /// <param name="name">A variant's name, or the path of an ONNX file.</param>
    /// <param name="batch">Images of the input.</param>
    /// <param name="train">Whether to leave it in training mode.</param>
    public BenchmarkNetwork(string name, int batch = 1, bool train = false)
    {
        TorchGenerator generator = new(0);
        if (IsFile(name)) File = name;
        ImageNetwork network = IsFile(name) ? OnnxFile.Read(name) : ResNet.Create(name, generator: generator);
        Module = network.Train(train);
        if (!IsFile(name)) RandomizeBatchNorm(Module, generator);
        Input = Tensor.Normal([batch, network.InChannels, network.UsualSide, network.UsualSide], generator);
        Graph = Module.Trace(Input.Shape);
        Labels = [.. Enumerable.Range(0, batch).Select(image => image * 7 % network.NumClasses)];
    }

    /// <summary>The ONNX file that it is from; null for a variant.</summary>
    public string? File { get; }

    public Module Module { get; }

    public Tensor Input { get; }

    public Graph Graph { get; }

    /// <summary>A class for each image.</summary>
    public int[] Labels { get; }

    /// <summary>Whether a name is the path of an ONNX file.</summary>
    public static bool IsFile(string name) => name.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);

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
