using Microsoft.ML.OnnxRuntime;
using ResNetManaged.Graphs;
using ResNetManaged.Onnx.Writing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Benchmarks.Peers;

/// <summary>One of our networks in ONNX Runtime, at its best settings.</summary>
/// <remarks>All graph optimizations, its CPU kernels, one operator at a time on the given number of threads, input and output bound once.</remarks>
internal sealed class OnnxRuntimePeer : IPeer
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly OrtValue _input, _output;
    private readonly OrtIoBinding _binding;
    private readonly float[] _result;

    public OnnxRuntimePeer(Graph graph, Tensor input, int threads)
    {
        using SessionOptions options = new()
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "1"); // the default; without it, 2 threads are slower
        _session = new InferenceSession(OnnxExporter.Write(graph), options);
        _result = new float[graph.Output.Shape.ElementCount];
        _input = OrtValue.CreateTensorValueFromMemory(input.ReadOnlySpan.ToArray(), Dimensions(input.Shape));
        _output = OrtValue.CreateTensorValueFromMemory(_result, Dimensions(graph.Output.Shape));
        _binding = _session.CreateIoBinding();
        _binding.BindInput(OnnxExporter.InputName, _input);
        _binding.BindOutput(OnnxExporter.OutputName, _output);
    }

    public ReadOnlySpan<float> Run()
    {
        _session.RunWithBinding(_runOptions, _binding);
        return _result;
    }

    public void Dispose()
    {
        _binding.Dispose();
        _output.Dispose();
        _input.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
    }

    private static long[] Dimensions(Shape shape) => [.. shape.Select(size => (long)size)];
}
