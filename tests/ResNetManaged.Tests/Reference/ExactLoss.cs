using ResNetManaged.Graphs;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Reference;

/// <summary>The loss sum(weights * output) of a graph in double, and its derivatives by central differences.</summary>
/// <remarks>
/// (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h is off by h^4/30 times the fifth derivative, plus the rounding of f divided by h. Where f is piecewise
/// linear, h need only be smaller than the distance to the next kink.
/// </remarks>
internal sealed class ExactLoss
{
    private readonly Graph _graph;
    private readonly double[] _input, _weights;
    private readonly Func<Parameter, double[]> _parameter;

    public ExactLoss(Graph graph, Tensor input, Tensor weights)
        : this(graph, ReferenceNetwork.Widen(input), ReferenceNetwork.Widen(weights), parameter => ReferenceNetwork.Widen(parameter.Value))
    {
    }

    private ExactLoss(Graph graph, double[] input, double[] weights, Func<Parameter, double[]> parameter)
    {
        _graph = graph;
        _input = input;
        _weights = weights;
        _parameter = parameter;
    }

    /// <summary>The loss with all numbers replaced by their magnitudes. Where the output is linear in each, its gradient is the sum of the magnitudes of the terms.</summary>
    public ExactLoss OfMagnitudes => new(_graph, Magnitudes(_input), Magnitudes(_weights), parameter => Magnitudes(_parameter(parameter)));

    /// <summary>The loss with the weights replaced by their magnitudes, for an output that copies or drops each element of the input.</summary>
    public ExactLoss OfWeightMagnitudes => new(_graph, _input, Magnitudes(_weights), _parameter);

    /// <summary>The gradient with respect to a parameter, or to the input if null.</summary>
    public double[] Gradient(Parameter? parameter, double step) =>
        [.. Enumerable.Range(0, Elements(parameter).Length).Select(element => Derivative(parameter, element, step))];

    /// <summary>The derivative with respect to one element of a parameter, or of the input if null.</summary>
    public double Derivative(Parameter? parameter, int element, double step)
    {
        double[] moved = [.. Elements(parameter)];
        double start = moved[element];
        return (8 * (At(step) - At(-step)) - (At(2 * step) - At(-2 * step))) / (12 * step);

        double At(double distance)
        {
            moved[element] = start + distance;
            double[] output = parameter is null
                ? ReferenceNetwork.Run(_graph, moved, _parameter)
                : ReferenceNetwork.Run(_graph, _input, other => other == parameter ? moved : _parameter(other));
            return output.Zip(_weights, (value, weight) => value * weight).Sum();
        }
    }

    private double[] Elements(Parameter? parameter) => parameter is null ? _input : _parameter(parameter);

    private static double[] Magnitudes(double[] values) => Array.ConvertAll(values, Math.Abs);
}
