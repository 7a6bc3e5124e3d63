using ResNetManaged.Graphs.Operations;

namespace ResNetManaged.Graphs;

/// <summary>One operation of a <see cref="Graph"/>, with the values it reads and the value it produces.</summary>
internal sealed class Node
{
    internal Node(Operation operation, Value[] inputs, string modulePath)
    {
        Operation = operation;
        InputArray = inputs;
        ModulePath = modulePath;
    }

    /// <summary>What is computed.</summary>
    public Operation Operation { get; }

    /// <summary>The values read, in the operation's order.</summary>
    public IReadOnlyList<Value> Inputs => InputArray;

    /// <summary>The value produced.</summary>
    public Value Output { get; internal set; } = null!; // set by Graph.Add, once the shape is known

    /// <summary>The path of the module that applied the operation, as in a state dict: <c>layer2.0.conv1</c>; empty for the root.</summary>
    public string ModulePath { get; }

    internal Value[] InputArray { get; }

    /// <summary>The operation with its shapes: <c>layer2.0.conv1: Conv2d [1, 64, 56, 56] -> [1, 128, 28, 28]</c>.</summary>
    public override string ToString() =>
        $"{ModulePath}: {Operation.Name} {string.Join(", ", Inputs.Select(input => input.Shape))} -> {Output.Shape}";
}
