using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs;

/// <summary>The gradients of a loss with respect to parameters: sums that backward passes add to, like PyTorch's <c>.grad</c>.</summary>
internal sealed class ParameterGradients
{
    private readonly Dictionary<Parameter, Tensor> _sums = [];

    /// <summary>Whether gradients of parameters are computed.</summary>
    public bool Wanted { get; init; } = true;

    /// <summary>The gradient of a parameter; null if it requires none or no pass has used it.</summary>
    public Tensor? this[Parameter parameter] => _sums.GetValueOrDefault(parameter);

    /// <summary>The sum that a parameter's gradient is added to, initially 0; empty if there is no parameter or it requires no gradient.</summary>
    public Span<float> SumOf(Parameter? parameter)
    {
        if (!Wanted || parameter is not { RequiresGrad: true }) return [];
        if (!_sums.TryGetValue(parameter, out Tensor? sum)) _sums[parameter] = sum = Tensor.Zeros(parameter.Shape);
        return sum.Span;
    }
}
