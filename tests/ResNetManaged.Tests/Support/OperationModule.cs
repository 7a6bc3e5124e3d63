using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Support;

/// <summary>A module that applies one operation, which may have parameters.</summary>
internal sealed class OperationModule : Module
{
    private readonly Operation _operation;

    public OperationModule(Operation operation, params Parameter[] parameters)
    {
        _operation = operation;
        for (int i = 0; i < parameters.Length; i++) Register($"parameter{i}", parameters[i]);
    }

    protected override Value ForwardCore(Value input) => input.Apply(_operation);

    protected override string Describe() => _operation.Name;
}
