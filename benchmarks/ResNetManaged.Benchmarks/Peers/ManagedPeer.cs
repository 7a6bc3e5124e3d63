using ResNetManaged.Layers;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;

namespace ResNetManaged.Benchmarks.Peers;

/// <summary>A network run by this library.</summary>
internal sealed class ManagedPeer : IPeer
{
    private readonly InferencePlan _plan;
    private readonly Tensor _input;
    private readonly float[] _output;

    public ManagedPeer(Module network, Tensor input, ExecutionOptions options)
    {
        _plan = network.Compile(options).PlanFor(input.Shape);
        _input = input;
        _output = new float[_plan.OutputShape.ElementCount];
    }

    public ReadOnlySpan<float> Run()
    {
        _plan.Run(_input.ReadOnlySpan, _output);
        return _output;
    }

    public void Dispose()
    {
    }
}
