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
        int groups = draws.OneOf(1, 1, 2, 3, 8);
        int inChannels = groups * draws.Int(1, 6), outChannels = groups * draws.OneOf(1, 2, 3, 5, 20);
        Size2D kernel = draws.Size(1, 5), stride = draws.Size(1, 3), padding = draws.Size(0, 3), dilation = draws.Size(1, 3);
        Conv2d layer = new(inChannels, outChannels, kernel, stride, padding, dilation, groups, bias: draws.Bool());
        layer.Weight.Value = draws.Numbers(layer.Weight.Shape);
        if (layer.Bias is not null) layer.Bias.Value = draws.Numbers(layer.Bias.Shape);
        Tensor input = draws.Numbers([draws.Int(1, 3), inChannels,
            Smallest(kernel.Height, padding.Height, dilation.Height) + draws.Int(0, 15),
            Smallest(kernel.Width, padding.Width, dilation.Width) + draws.Int(0, 15)]);

        torch.Tensor x = input.ToTorch(), weight = layer.Weight.Value.ToTorch();
        torch.Tensor? bias = layer.Bias?.Value.ToTorch();
        torch.Tensor expected = Convolve(x, weight, bias);
        torch.Tensor magnitude = Convolve(x.abs(), weight.abs(), bias?.abs());
        int terms = inChannels / groups * kernel.Area + 1;
        agreement.AssertWithin(layer.Forward(input), expected, magnitude * Agreement.OfSums(terms), $"{layer} of {input.Shape}");

        torch.Tensor Convolve(torch.Tensor x, torch.Tensor weight, torch.Tensor? bias) => functional.conv2d(
            x, weight, bias, [stride.Height, stride.Width], [padding.Height, padding.Width], [dilation.Height, dilation.Width], groups);
    }

    /// <summary>The smallest image size that the kernel fits into once.</summary>
    private static int Smallest(int kernel, int padding, int dilation) => Math.Max(1, dilation * (kernel - 1) + 1 - 2 * padding);
}
