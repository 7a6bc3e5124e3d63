using ResNetManaged.Layers;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;

namespace ResNetManaged.Parity.Operations;

/// <summary>Convolutions of any kernel, stride, padding, dilation and groups, with and without bias.</summary>
internal static class RandomConvolution
{
    /// <summary>A convolution with random weights, and images that its kernel fits into.</summary>
    public static (Conv2d Layer, Tensor Input) Draw(Draws draws)
    {
        int groups = draws.OneOf(1, 1, 2, 3, 8);
        int inChannels = groups * draws.Int(1, 6), outChannels = groups * draws.OneOf(1, 2, 3, 5, 20);
        Size2D kernel = draws.Size(1, 5), stride = draws.Size(1, 3), dilation = draws.Size(1, 3);
        Padding2D padding = draws.Padding(3, 3);
        Conv2d layer = new(inChannels, outChannels, kernel, stride, padding, dilation, groups, bias: draws.Bool());
        layer.Weight.Value = draws.Numbers(layer.Weight.Shape);
        if (layer.Bias is not null) layer.Bias.Value = draws.Numbers(layer.Bias.Shape);
        Tensor input = draws.Numbers([draws.Int(1, 3), inChannels,
            Smallest(kernel.Height, padding.Top + padding.Bottom, dilation.Height) + draws.Int(0, 15),
            Smallest(kernel.Width, padding.Left + padding.Right, dilation.Width) + draws.Int(0, 15)]);
        return (layer, input);
    }

    /// <summary>The number of terms in an output, including the bias.</summary>
    public static int Terms(Conv2d layer) => layer.InChannels / layer.Groups * layer.KernelSize.Area + 1;

    /// <summary>The smallest image size that the kernel fits into once.</summary>
    private static int Smallest(int kernel, int padding, int dilation) => Math.Max(1, dilation * (kernel - 1) + 1 - padding);
}
