using ResNetManaged.Kernels.Elementwise.Activations;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>A function of each element: y = f(x).</summary>
/// <remarks>
/// To add one, write a struct that implements <see cref="IActivationFunction"/> and a class of a few lines that names it; kernels, gradients and
/// plans take the function as a type argument.
/// </remarks>
internal abstract class ActivationOperation : Operation
{
    private protected ActivationOperation() { }

    internal sealed override bool CanOverwriteInput => true;

    internal sealed override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs) => inputs[0];

    /// <summary>Whether f(0) = 0.</summary>
    internal abstract bool KeepsZero { get; }

    /// <summary>Calls a computation with this operation's function, so that it is compiled for that function.</summary>
    internal abstract TResult Invoke<TResult>(IActivationAction<TResult> action);
}

/// <summary>A computation that is generic over an <see cref="IActivationFunction"/>.</summary>
/// <typeparam name="TResult">What it returns.</typeparam>
internal interface IActivationAction<out TResult>
{
    /// <summary>Runs the computation for one function.</summary>
    TResult Invoke<TFunction>(TFunction function) where TFunction : struct, IActivationFunction;
}

/// <summary>An activation whose function is known at compile time.</summary>
/// <param name="function">f, with its settings.</param>
internal abstract class ActivationOperation<TFunction>(TFunction function) : ActivationOperation
    where TFunction : struct, IActivationFunction
{
    /// <summary>f, with its settings.</summary>
    internal TFunction Function { get; } = function;

    internal sealed override bool KeepsZero => Function.Apply(0) == 0;

    internal sealed override TResult Invoke<TResult>(IActivationAction<TResult> action) => action.Invoke(Function);

    internal sealed override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options) =>
        ActivationKernel.Forward(Function, inputs[0].ReadOnlySpan, output.Span, options);

    /// <remarks>dx = dy f'(x).</remarks>
    internal sealed override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options) =>
        ActivationKernel.Backward(Function, inputs[0].ReadOnlySpan, outputGradient.ReadOnlySpan, inputGradients[0].Span, options);
}
