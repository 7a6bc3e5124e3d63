using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace ResNetManaged.Parity.Operations;

public sealed class ConvolutionTests : LibTorchTests
{
    [Test]
    public void ConvolutionsAgree()
    {
        Draws draws = new();
        Agreement agreement = new("conv2d");
        for (int i = 0; i < Draws.Cases; i++) Compare(draws, agreement);
        agreement.Report();
    }

    private static void Compare(Draws draws, Agreement agreement)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Conv2d layer, Tensor input) = RandomConvolution.Draw(draws);
        torch.Tensor x = input.ToTorch(), weight = layer.Weight.Value.ToTorch();
        torch.Tensor? bias = layer.Bias?.Value.ToTorch();
        torch.Tensor expected = Convolve(x, weight, bias);
        torch.Tensor magnitude = Convolve(x.abs(), weight.abs(), bias?.abs());
        agreement.AssertWithin(layer.Forward(input), expected, magnitude * Agreement.OfSums(RandomConvolution.Terms(layer)), $"{layer} of {input.Shape}");

        torch.Tensor Convolve(torch.Tensor x, torch.Tensor weight, torch.Tensor? bias)
        {
            (x, long[] padding) = x.Padded(layer.Padding);
            return functional.conv2d(x, weight, bias, [layer.Stride.Height, layer.Stride.Width], padding,
                [layer.Dilation.Height, layer.Dilation.Width], layer.Groups);
        }
    }
}
