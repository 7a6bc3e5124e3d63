using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Layers;

/// <summary>A fully connected layer: y = x W^T + bias.</summary>
/// <remarks>Input <c>[..., inFeatures]</c>, output <c>[..., outFeatures]</c>. Initialization is that of <c>nn.Linear</c>.</remarks>
public sealed class Linear : Module
{
    /// <summary>Creates the layer.</summary>
    /// <param name="inFeatures">Size of the input's last dimension.</param>
    /// <param name="outFeatures">Size of the output's last dimension.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="generator">The source of the initial weights; null to seed randomly.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public Linear(int inFeatures, int outFeatures, bool bias = true, TorchGenerator? generator = null)
        : this(inFeatures, outFeatures, bias, generator, asConvolution: false)
    {
    }

    /// <summary>Creates the layer, with its weights in the shape of a 1x1 convolution's if <paramref name="asConvolution"/> is true.</summary>
    internal Linear(int inFeatures, int outFeatures, bool bias, TorchGenerator? generator, bool asConvolution)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inFeatures);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outFeatures);
        InFeatures = inFeatures;
        OutFeatures = outFeatures;
        Func<Shape, TorchGenerator, Tensor> initializer = Initializers.UniformByFanIn(inFeatures);
        Weight = Register("weight", new Parameter(asConvolution ? [outFeatures, inFeatures, 1, 1] : [outFeatures, inFeatures], initializer, generator));
        if (bias) Bias = Register("bias", new Parameter([outFeatures], initializer, generator));
    }

    /// <summary>Size of the input's last dimension.</summary>
    public int InFeatures { get; }

    /// <summary>Size of the output's last dimension.</summary>
    public int OutFeatures { get; }

    /// <summary>The matrix, <c>[outFeatures, inFeatures]</c>; in the head of a pre-activation network <c>[outFeatures, inFeatures, 1, 1]</c>.</summary>
    public Parameter Weight { get; }

    /// <summary>The bias, <c>[outFeatures]</c>; null if there is none.</summary>
    public Parameter? Bias { get; }

    /// <inheritdoc/>
    protected override Value ForwardCore(Value input) => input.Apply(new LinearOperation(Weight, Bias));

    /// <inheritdoc/>
    protected override string Describe() =>
        $"in_features={InFeatures}, out_features={OutFeatures}, bias={PythonFormat.Bool(Bias is not null)}";
}
