using ResNetManaged.Graphs.Operations;
using ResNetManaged.Plans;
using ResNetManaged.Plans.Lowering.Convolution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Quantization;

/// <summary>The error that a layer's rounded weights and activations cause in its output, estimated from the moments of its input.</summary>
internal static class LayerNoise
{
    /// <summary>The weights of a layer.</summary>
    public static Parameter WeightOf(PlanNode layer) => layer.Operation is Conv2dOperation convolution ? convolution.Weight : ((LinearOperation)layer.Operation!).Weight;

    /// <summary>The mean square of the output's error from rounding the weights, if the errors of different weights are independent.</summary>
    public static double OfWeights(PlanNode layer, Tensor weight, float[] scales, int max, ActivationStatistics input)
    {
        double[] factors = Factors(layer, weight.Shape[0]), squares = MeanSquares(layer, weight, input);
        Tensor rounded = WeightRounding.Round(weight, scales, max);
        ReadOnlySpan<float> exact = weight.ReadOnlySpan, near = rounded.ReadOnlySpan;
        int length = weight.ElementCount / factors.Length, area = length / weight.Shape[1];
        double noise = 0;
        for (int o = 0; o < factors.Length; o++)
        {
            int first = FirstInput(layer, o, weight);
            double sum = 0;
            for (int i = 0; i < length; i++)
            {
                double error = exact[o * length + i] - near[o * length + i];
                sum += error * error * squares[first + i / area];
            }
            noise += sum * factors[o] * factors[o];
        }
        return noise / factors.Length;
    }

    /// <summary>The mean square of the output's error from rounding the input, whose elements have a mean square error.</summary>
    public static double OfInput(PlanNode layer, Tensor weight, double inputError)
    {
        double[] factors = Factors(layer, weight.Shape[0]);
        ReadOnlySpan<float> exact = weight.ReadOnlySpan;
        int length = weight.ElementCount / factors.Length;
        double noise = 0;
        for (int o = 0; o < factors.Length; o++)
        {
            double sum = 0;
            foreach (float value in exact.Slice(o * length, length)) sum += (double)value * value;
            noise += sum * factors[o] * factors[o];
        }
        return noise / factors.Length * inputError;
    }

    /// <summary>The first input channel that an output channel reads.</summary>
    public static int FirstInput(PlanNode layer, int output, Tensor weight) =>
        layer.Operation is Conv2dOperation { Groups: > 1 } convolution ? output / (weight.Shape[0] / convolution.Groups) * weight.Shape[1] : 0;

    private static double[] MeanSquares(PlanNode layer, Tensor weight, ActivationStatistics input)
    {
        int groups = layer.Operation is Conv2dOperation convolution ? convolution.Groups : 1;
        return [.. Enumerable.Range(0, weight.Shape[1] * groups).Select(input.MeanSquare)];
    }

    /// <summary>What each output channel is multiplied by: the folded batch norm.</summary>
    private static double[] Factors(PlanNode layer, int outputs)
    {
        double[] factors = new double[outputs];
        if (layer.Operation is Conv2dOperation) ConvWeights.Affine(layer, factors, new double[outputs]);
        else Array.Fill(factors, 1);
        return factors;
    }
}
