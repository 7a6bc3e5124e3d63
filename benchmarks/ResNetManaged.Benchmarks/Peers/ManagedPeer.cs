using ResNetManaged.Kernels;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;

namespace ResNetManaged.Benchmarks.Peers;

/// <summary>A network in this library: the one place that says how we are called.</summary>
internal sealed class ManagedPeer(Module network, Tensor input, ExecutionOptions options) : IPeer
{
    public ReadOnlySpan<float> Run() => network.Forward(input, options).ReadOnlySpan;

    public void Dispose()
    {
    }
}
