using ResNetManaged.Tensors;

namespace ResNetManaged.Graphs;

/// <summary>The gradients of a loss with respect to parameters: sums that backward passes add to, as PyTorch's <c>.grad</c>.</summary>
internal sealed class ParameterGradients
{
    private readonly Dictionary<Parameter, Tensor> _sums = [];

    /// <summary>Whether gradients of parameters are wanted; where they are not, none is computed.</summary>
    public bool Wanted { get; init; } = true;

    /// <summary>The gradient of a parameter; null for one that does not require a gradient or that no pass has used.</summary>
    public Tensor? this[Parameter parameter] => _sums.GetValueOrDefault(parameter);

    /// <summary>What to add a parameter's gradient to, 0 at first; empty where nobody wants it: there is no parameter, or it requires no gradient.</summary>
    public Span<float> SumOf(Parameter? parameter)
    {
        if (!Wanted || parameter is not { RequiresGrad: true }) return [];
        if (!_sums.TryGetValue(parameter, out Tensor? sum)) _sums[parameter] = sum = Tensor.Zeros(parameter.Shape);
        return sum.Span;
    }
}
