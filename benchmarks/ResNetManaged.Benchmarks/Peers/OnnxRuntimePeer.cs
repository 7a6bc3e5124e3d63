using Microsoft.ML.OnnxRuntime;
using ResNetManaged.Benchmarks.Models;
using ResNetManaged.Onnx.Writing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Benchmarks.Peers;

/// <summary>One of our networks, or an ONNX file, in ONNX Runtime, at its best settings.</summary>
/// <remarks>All graph optimizations, its CPU kernels, one operator at a time on the given number of threads, input and output bound once.</remarks>
internal sealed class OnnxRuntimePeer : IPeer
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly OrtValue _input, _output;
    private readonly OrtIoBinding _binding;
    private readonly float[] _result;

    public OnnxRuntimePeer(BenchmarkNetwork network, int threads)
    {
        using SessionOptions options = new()
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "1"); // the default; without it, 2 threads are slower
        _session = network.File is { } file ? new InferenceSession(file, options) : new InferenceSession(OnnxExporter.Write(network.Graph), options);
        Shape output = network.Graph.Output.Shape;
        _result = new float[output.ElementCount];
        _input = OrtValue.CreateTensorValueFromMemory(network.Input.ReadOnlySpan.ToArray(), Dimensions(network.Input.Shape));
        _output = OrtValue.CreateTensorValueFromMemory(_result, Dimensions(output));
        _binding = _session.CreateIoBinding();
        _binding.BindInput(_session.InputNames[0], _input);
        _binding.BindOutput(_session.OutputNames[0], _output);
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
