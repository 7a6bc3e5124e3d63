using Microsoft.ML.OnnxRuntime;
using ResNetManaged.Graphs;
using ResNetManaged.Tensors;
using ResNetManaged.Benchmarks.Peers;

namespace ResNetManaged.Parity.Support;

/// <summary>What ONNX Runtime makes of a graph of ours. It is given our graph: it judges operations, not how a network is put together.</summary>
internal static class OnnxRuntimeOracle
{
    /// <summary>The graph's output for an input of its shape.</summary>
    public static double[] Run(Graph graph, Tensor input)
    {
        using InferenceSession session = new(OnnxModel.Write(graph));
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(input.ReadOnlySpan.ToArray(), [.. input.Shape.Select(size => (long)size)]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, [OnnxModel.InputName], [value], [OnnxModel.OutputName]);
        return [.. outputs[0].GetTensorDataAsSpan<float>().ToArray().Select(element => (double)element)];
    }
}
