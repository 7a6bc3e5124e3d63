using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Layers.State;

/// <summary>The initializations of PyTorch's layers and torchvision's ResNets.</summary>
/// <remarks>Weights are <c>[out, in / groups, kH, kW]</c> or <c>[out, in]</c>; fan-in and fan-out follow from the shape.</remarks>
internal static class Initializers
{
    /// <summary>
    /// U(-1/sqrt(fan_in), 1/sqrt(fan_in)): the default of <c>nn.Conv2d</c> and <c>nn.Linear</c>, which PyTorch calls
    /// <c>kaiming_uniform_(a=sqrt(5))</c> for the weight.
    /// </summary>
    /// <param name="fanIn">The number of inputs that each output sums.</param>
    /// <returns>The initializer, for the weight and for the bias.</returns>
    public static Func<Shape, TorchGenerator, Tensor> UniformByFanIn(int fanIn)
    {
        float bound = (float)(1 / Math.Sqrt(fanIn));
        return (shape, generator) => Tensor.Uniform(shape, generator, -bound, bound);
    }

    /// <summary>
    /// N(0, 2 / fan_out): <c>kaiming_normal_(mode='fan_out', nonlinearity='relu')</c> of He et al. 2015, arXiv:1502.01852, equation 14.
    /// </summary>
    public static Func<Shape, TorchGenerator, Tensor> KaimingNormalByFanOut { get; } = (shape, generator) =>
    {
        int fanOut = shape[0];
        for (int i = 2; i < shape.Rank; i++) fanOut *= shape[i];
        return Tensor.Normal(shape, generator, standardDeviation: (float)Math.Sqrt(2.0 / fanOut));
    };
}
