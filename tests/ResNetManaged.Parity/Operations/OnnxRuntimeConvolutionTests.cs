using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;

namespace ResNetManaged.Parity.Operations;

/// <summary>Compares convolutions with ONNX Runtime, which shares no kernel with LibTorch; needs no LibTorch.</summary>
public sealed class OnnxRuntimeConvolutionTests
{
    [Test]
    public void ConvolutionsAgree()
    {
        Draws draws = new();
        Agreement agreement = new("conv2d, ONNX Runtime");
        for (int i = 0; i < Draws.Cases; i++)
        {
            (Conv2d layer, Tensor input) = RandomConvolution.Draw(draws);
            double[] expected = Run(layer, input);
            Tensor actual = layer.Forward(input);

            // The sum of the terms' magnitudes is the convolution of the magnitudes.
            MakePositive(layer.Weight.Value);
            if (layer.Bias is not null) MakePositive(layer.Bias.Value);
            MakePositive(input);
            double relative = Agreement.OfSums(RandomConvolution.Terms(layer));
            agreement.AssertWithin(actual, expected, Array.ConvertAll(Run(layer, input), magnitude => magnitude * relative), $"{layer} of {input.Shape}");
        }
        agreement.Report();
    }

    private static double[] Run(Conv2d layer, Tensor input) => OnnxRuntimeOracle.Run(layer.Trace(input.Shape), input);

    private static void MakePositive(Tensor tensor)
    {
        foreach (ref float value in tensor.Span) value = Math.Abs(value);
    }
}
