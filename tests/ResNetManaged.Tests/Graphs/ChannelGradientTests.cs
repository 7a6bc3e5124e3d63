using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations.Channels;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Graphs;

/// <summary>The gradients of operations on channels match finite differences of their definitions.</summary>
public sealed class ChannelGradientTests
{
    private const double Step = 1.0 / 512, OfDifferences = 1e-9, DoubleRoundoff = 1.0 / (1L << 53);

    private static readonly Shape Input = [2, 6, 3, 4];

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void ShuffleGradientsMatch(int groups) => CheckLinear(new OperationModule(new ChannelShuffleOperation(groups)), terms: 0);

    [TestCase(0, 6)]
    [TestCase(2, 3)]
    [TestCase(5, 1)]
    public void SliceGradientsMatch(int start, int count) => CheckLinear(new OperationModule(new ChannelSliceOperation(start, count)), terms: 0);

    [Test]
    public void ScaleGradientsMatch()
    {
        Parameter weight = new([6], 0);
        CheckLinear(new OperationModule(new ScaleOperation(weight), weight), terms: 2 * 12);
    }

    [Test]
    public void LayerNormGradientsMatch([Values] bool affine)
    {
        const int Channels = 6, Area = 12;
        const double Eps = 1e-3;
        Parameter weight = new([Channels], 0), bias = new([Channels], 0);
        Module module = affine ? new OperationModule(new ChannelNormOperation(Channels, weight, bias, Eps), weight, bias)
            : new OperationModule(new ChannelNormOperation(Channels, null, null, Eps));
        Tensor input = Tensor.FromArray(Numbers.Random(Input.ElementCount, 7), Input);
        double[] x = ReferenceNetwork.Widen(input);
        // Statistics and sums are double; each term and the result are rounded.
        const double Relative = 3 * Close.UnitRoundoff + OfDifferences;
        Check(module, input, (_, weights, parameter) =>
        {
            double[] tolerance = new double[parameter is null ? x.Length : Channels];
            for (int pixel = 0; pixel < 2 * Area; pixel++)
            {
                int first = pixel / Area * Channels * Area + pixel % Area;
                int[] indices = [.. Enumerable.Range(0, Channels).Select(c => first + c * Area)];
                double mean = indices.Average(i => x[i]), reciprocal = 1 / Math.Sqrt(indices.Average(i => Math.Pow(x[i] - mean, 2)) + Eps);
                double Z(int i) => (Math.Abs(x[i]) + Math.Abs(mean)) * reciprocal;
                double Term(int i) => Math.Abs(weights[i]) * (affine ? Math.Abs(weight.Value[i / Area % Channels]) : 1);
                double sum = indices.Average(Term), product = indices.Average(i => Term(i) * Z(i));
                foreach (int i in indices)
                {
                    if (parameter is null) tolerance[i] = Relative * reciprocal * (Term(i) + sum + Z(i) * product);
                    else tolerance[i / Area % Channels] += Relative * Math.Abs(weights[i]) * (parameter == bias ? 1 : Z(i));
                }
            }
            return tolerance;
        });
    }

    /// <summary>Checks an operation that is linear in each operand: a gradient is a sum of <paramref name="terms"/> products.</summary>
    private static void CheckLinear(Module module, int terms) =>
        Check(module, Tensor.FromArray(Numbers.Random(Input.ElementCount, 7), Input), (loss, _, parameter) =>
            Array.ConvertAll(loss.OfMagnitudes.Gradient(parameter, Step), magnitude => magnitude * Close.SumTolerance(terms)));

    /// <summary>Checks the gradients of sum(weights * output) for random weights and parameters.</summary>
    private static void Check(Module module, Tensor input, Func<ExactLoss, double[], Parameter?, double[]> tolerance)
    {
        foreach ((int i, Parameter parameter) in module.Parameters().Index())
            parameter.Value = Tensor.FromArray(Numbers.Random(parameter.Shape.ElementCount, 8 + i), parameter.Shape);
        Graph graph = module.Trace(input.Shape);
        Tensor weights = Tensor.FromArray(Numbers.Random(graph.Output.Shape.ElementCount, 6), graph.Output.Shape);
        ExactLoss loss = new(graph, input, weights);
        ParameterGradients gradients = new();
        Tensor inputGradient = GradientTape.Record(graph, input, ExecutionOptions.Default).Backward(weights, gradients);
        Compare(null, inputGradient, "input");
        foreach ((string path, Parameter parameter) in module.NamedParameters()) Compare(parameter, gradients[parameter]!, path);

        void Compare(Parameter? parameter, Tensor actual, string name)
        {
            // The differences' rounding error: 16 roundings of a loss with terms of order 1, divided by the step.
            double[] tolerances = Array.ConvertAll(tolerance(loss, ReferenceNetwork.Widen(weights), parameter),
                bound => bound + 16 * weights.ElementCount * DoubleRoundoff / Step);
            Close.AssertWithin(actual.ReadOnlySpan, loss.Gradient(parameter, Step), tolerances, 1, $"{module} of {input.Shape}, {name}");
        }
    }
}
