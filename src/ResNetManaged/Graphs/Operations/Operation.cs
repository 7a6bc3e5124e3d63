using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations;

/// <summary>What a <see cref="Node"/> computes.</summary>
/// <remarks>The set is closed: modules compose operations and do not add any.</remarks>
internal abstract class Operation
{
    /// <summary>The operation's name in the field's terms: <c>Conv2d</c>, <c>Add</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the output may overwrite the first input, element by element.</summary>
    internal virtual bool CanOverwriteInput => false;

    /// <summary>Whether the output is the first input's memory with another shape, so that nothing is computed.</summary>
    internal virtual bool IsReshape => false;

    /// <summary>The shape rule.</summary>
    /// <param name="label">Names the node in errors.</param>
    /// <param name="inputs">The shapes of the inputs.</param>
    /// <returns>The shape of the output.</returns>
    /// <exception cref="ShapeMismatchException">The operation cannot take these shapes.</exception>
    internal abstract Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs);

    /// <summary>The reference arithmetic.</summary>
    /// <param name="inputs">Tensors of the shapes that <see cref="InferShape"/> saw.</param>
    /// <param name="output">An uninitialized tensor of the shape that <see cref="InferShape"/> returned; overwritten in full.</param>
    /// <param name="options">Threads and vector width.</param>
    internal abstract void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options);

    /// <summary>The reference arithmetic of the gradients, by the chain rule: adds to the gradients of the inputs and the parameters.</summary>
    /// <param name="inputs">What <see cref="Execute"/> read.</param>
    /// <param name="output">What it wrote.</param>
    /// <param name="outputGradient">The gradient of the loss with respect to the output, in its shape.</param>
    /// <param name="inputGradients">The gradient of each input, added to; the same tensor twice if a value is read twice.</param>
    /// <param name="parameterGradients">The gradients of parameters, added to.</param>
    /// <param name="options">Threads and vector width.</param>
    internal abstract void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options);
}
