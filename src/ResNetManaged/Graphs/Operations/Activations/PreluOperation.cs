using ResNetManaged.Kernels.Reference;
using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs.Operations.Activations;

/// <summary>
/// y = x for x above 0, else weight * x, with one weight for all channels or one per channel; see <see cref="Layers.Activations.PReLU"/>.
/// </summary>
/// <param name="weight">The slopes below 0: <c>[1]</c> or <c>[C]</c>.</param>
internal sealed class PreluOperation(Parameter weight) : Operation
{
    /// <summary>The slopes below 0: <c>[1]</c> or <c>[C]</c>.</summary>
    public Parameter Weight { get; } = weight;

    /// <inheritdoc/>
    public override string Name => "PReLU";

    internal override bool CanOverwriteInput => true;

    internal override Shape InferShape(NodeLabel label, ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        int slopes = Weight.Shape[0];
        return slopes == 1 || (input.Rank >= 2 && input[1] == slopes)
            ? input
            : throw label.Mismatch($"input {input} does not have {slopes} channels in dimension 1, which weight {Weight.Shape} expects.");
    }

    internal override void Execute(ReadOnlySpan<Tensor> inputs, Tensor output, ExecutionOptions options)
    {
        (int outer, int inner) = Sizes(output.Shape);
        PreluKernel.Forward(outer, inner, inputs[0].ReadOnlySpan, Weight.Value.ReadOnlySpan, output.Span, options);
    }

    /// <remarks>
    /// dx = dy where x &gt; 0, else dy * weight; dweight = the sum of dy * x where x is not above 0. He et al. 2015, equations 1 and 2.
    /// </remarks>
    internal override void Backward(ReadOnlySpan<Tensor> inputs, Tensor output, Tensor outputGradient, ReadOnlySpan<Tensor> inputGradients,
        ParameterGradients parameterGradients, ExecutionOptions options)
    {
        (int outer, int inner) = Sizes(output.Shape);
        PreluKernel.Backward(outer, inner, inputs[0].ReadOnlySpan, Weight.Value.ReadOnlySpan, outputGradient.ReadOnlySpan, inputGradients[0].Span,
            parameterGradients.SumOf(Weight), options);
    }

    /// <summary>Elements before and after the channels; a single slope counts as one channel that holds all elements.</summary>
    private (int Outer, int Inner) Sizes(Shape shape)
    {
        int slopes = Weight.Shape[0];
        if (slopes == 1) return (1, shape.ElementCount);
        return (shape[0], shape.ElementCount / Math.Max(1, shape[0] * slopes));
    }
}
