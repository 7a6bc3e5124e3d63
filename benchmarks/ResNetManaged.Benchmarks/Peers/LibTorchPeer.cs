using ResNetManaged.Graphs;
using ResNetManaged.Tensors;
using TorchSharp;

namespace ResNetManaged.Benchmarks.Peers;

/// <summary>One of our networks in LibTorch, at its best settings: fused oneDNN operators, prepacked weights, channels-last images.</summary>
/// <remarks>
/// The number of threads is set for the calling thread, which must be the one that runs the network. LibTorch allocates and frees large blocks in
/// each call; preloading tcmalloc makes it 5 to 20 % faster than with glibc's allocator (benchmarks/README.md).
/// </remarks>
internal sealed class LibTorchPeer : IPeer
{
    private readonly torch.jit.ScriptModule _network;
    private readonly torch.Tensor _input;
    private readonly float[] _result;

    public LibTorchPeer(Graph graph, Tensor input, int threads)
    {
        torch.set_num_threads(threads);
        using IDisposable mode = torch.inference_mode();
        using DisposeScope scope = torch.NewDisposeScope(); // for values that only produce constants
        TorchScriptNetwork program = new(graph);
        _network = torch.jit.load(TorchScriptArchive.Write(program.Source));
        _network.invoke(TorchScriptNetwork.Prepare, [program.Constants.ToArray()]);
        _input = Load(input.ReadOnlySpan, input.Shape).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2).DetachFromDisposeScope();
        _result = new float[graph.Output.Shape.ElementCount];
    }

    public ReadOnlySpan<float> Run()
    {
        using IDisposable mode = torch.inference_mode();
        using torch.Tensor output = (torch.Tensor)_network.forward(_input);
        output.data<float>().CopyTo(_result);
        return _result;
    }

    public void Dispose()
    {
        _input.Dispose();
        _network.Dispose();
    }

    internal static torch.Tensor Load(ReadOnlySpan<float> data, Shape shape) =>
        torch.tensor(data.ToArray(), [.. shape.Select(size => (long)size)]);
}
