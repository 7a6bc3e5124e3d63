using Microsoft.ML.OnnxRuntime;
using ResNetManaged.Graphs;
using ResNetManaged.Onnx.Writing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Parity.Support;

/// <summary>Runs our graph in ONNX Runtime; this checks operations, not how a network is assembled.</summary>
internal static class OnnxRuntimeOracle
{
    /// <summary>The graph's output for an input.</summary>
    public static double[] Run(Graph graph, Tensor input)
    {
        using InferenceSession session = new(OnnxExporter.Write(graph));
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(input.ReadOnlySpan.ToArray(), [.. input.Shape.Select(size => (long)size)]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, [OnnxExporter.InputName], [value], [OnnxExporter.OutputName]);
        return [.. outputs[0].GetTensorDataAsSpan<float>().ToArray().Select(element => (double)element)];
    }
}
