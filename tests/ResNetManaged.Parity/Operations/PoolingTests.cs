using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace ResNetManaged.Parity.Operations;

public sealed class PoolingTests : LibTorchTests
{
    [Test]
    public void MaxPoolingIsEqual() => CompareAll("max_pool2d", (draws, agreement) =>
    {
        Size2D kernel = draws.Size(1, 4), stride = draws.Size(1, 4), dilation = draws.Size(1, 3);
        Padding2D padding = PaddingOf(draws, kernel);
        MaxPool2d layer = new(kernel, stride, padding, dilation, ceilMode: draws.Bool());
        Tensor input = draws.NumbersAndSpecials(Images(draws, kernel, padding, dilation));
        Tensor output = layer.Forward(input);
        (torch.Tensor x, long[] sides) = input.ToTorch().Padded(padding, double.NegativeInfinity);
        torch.Tensor expected = functional.max_pool2d(x, [kernel.Height, kernel.Width], [stride.Height, stride.Width], sides,
            [dilation.Height, dilation.Width], layer.CeilMode);
        agreement.AssertEqual(output, expected.FirstWindows((output.Shape[2], output.Shape[3])), $"{layer} of {input.Shape}");
    });

    [Test]
    public void AveragePoolingAgrees() => CompareAll("avg_pool2d", (draws, agreement) =>
    {
        Size2D kernel = draws.Size(1, 4), stride = draws.Size(1, 4);
        Padding2D padding = PaddingOf(draws, kernel);
        AvgPool2d layer = new(kernel, stride, padding, ceilMode: draws.Bool(), countIncludePad: draws.Bool());
        Tensor input = draws.Numbers(Images(draws, kernel, padding, dilation: 1));
        Tensor output = layer.Forward(input);
        agreement.AssertWithin(output, Pool(input.ToTorch()), Pool(input.ToTorch().abs()) * Agreement.OfSums(kernel.Area),
            $"{layer}, ceil {layer.CeilMode}, padding counts {layer.CountIncludePad}, of {input.Shape}");

        torch.Tensor Pool(torch.Tensor x) => TorchAveragePool.Run(layer, x, (output.Shape[2], output.Shape[3]));
    });

    [Test]
    public void AdaptiveAveragePoolingAgrees() => CompareAll("adaptive_avg_pool2d", (draws, agreement) =>
    {
        AdaptiveAvgPool2d layer = new(draws.Size(1, 9));
        Tensor input = draws.Numbers([draws.Int(1, 3), draws.Int(1, 5), draws.Int(1, 20), draws.Int(1, 20)]);
        int terms = LargestWindow(input.Shape[2], layer.OutputSize.Height) * LargestWindow(input.Shape[3], layer.OutputSize.Width);
        agreement.AssertWithin(layer.Forward(input), Pool(input.ToTorch()), Pool(input.ToTorch().abs()) * Agreement.OfSums(terms),
            $"{layer} of {input.Shape}");

        torch.Tensor Pool(torch.Tensor x) => functional.adaptive_avg_pool2d(x, (layer.OutputSize.Height, layer.OutputSize.Width));
    });

    private static void CompareAll(string name, Action<Draws, Agreement> compare)
    {
        Draws draws = new();
        Agreement agreement = new(name);
        for (int i = 0; i < Draws.Cases; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            compare(draws, agreement);
        }
        agreement.Report();
    }

    /// <summary>The largest number of elements of an adaptive window along one side.</summary>
    private static int LargestWindow(int input, int output) => (input + output - 1) / output + 1;

    /// <summary>At most half the window, as LibTorch requires.</summary>
    private static Padding2D PaddingOf(Draws draws, Size2D kernel) => draws.Padding(kernel.Height / 2, kernel.Width / 2);

    /// <summary>Images that at least one window fits into.</summary>
    private static Shape Images(Draws draws, Size2D kernel, Padding2D padding, Size2D dilation) =>
    [
        draws.Int(1, 3), draws.Int(1, 5),
        Math.Max(1, dilation.Height * (kernel.Height - 1) + 1 - padding.Top - padding.Bottom) + draws.Int(0, 15),
        Math.Max(1, dilation.Width * (kernel.Width - 1) + 1 - padding.Left - padding.Right) + draws.Int(0, 15),
    ];
}
