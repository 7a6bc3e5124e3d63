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
        Size2D kernel = draws.Size(1, 4), stride = draws.Size(1, 4), padding = PaddingOf(draws, kernel), dilation = draws.Size(1, 3);
        MaxPool2d layer = new(kernel, stride, padding, dilation, ceilMode: draws.Bool());
        Tensor input = draws.NumbersAndSpecials(Images(draws, kernel, padding, dilation));
        agreement.AssertEqual(layer.Forward(input), functional.max_pool2d(input.ToTorch(), [kernel.Height, kernel.Width],
            [stride.Height, stride.Width], [padding.Height, padding.Width], [dilation.Height, dilation.Width], layer.CeilMode),
            $"{layer} of {input.Shape}");
    });

    [Test]
    public void AveragePoolingAgrees() => CompareAll("avg_pool2d", (draws, agreement) =>
    {
        Size2D kernel = draws.Size(1, 4), stride = draws.Size(1, 4), padding = PaddingOf(draws, kernel);
        AvgPool2d layer = new(kernel, stride, padding, ceilMode: draws.Bool(), countIncludePad: draws.Bool());
        Tensor input = draws.Numbers(Images(draws, kernel, padding, dilation: 1));
        agreement.AssertWithin(layer.Forward(input), Pool(input.ToTorch()), Pool(input.ToTorch().abs()) * Agreement.OfSums(kernel.Area),
            $"{layer}, ceil {layer.CeilMode}, padding counts {layer.CountIncludePad}, of {input.Shape}");

        torch.Tensor Pool(torch.Tensor x) => functional.avg_pool2d(x, [kernel.Height, kernel.Width], [stride.Height, stride.Width],
            [padding.Height, padding.Width], layer.CeilMode, layer.CountIncludePad);
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

    /// <summary>The most elements that an adaptive window has along one side.</summary>
    private static int LargestWindow(int input, int output) => (input + output - 1) / output + 1;

    /// <summary>At most half the window, as LibTorch demands.</summary>
    private static Size2D PaddingOf(Draws draws, Size2D kernel) => (draws.Int(0, kernel.Height / 2), draws.Int(0, kernel.Width / 2));

    /// <summary>Images that at least one window fits into.</summary>
    private static Shape Images(Draws draws, Size2D kernel, Size2D padding, Size2D dilation) =>
    [
        draws.Int(1, 3), draws.Int(1, 5),
        Math.Max(1, dilation.Height * (kernel.Height - 1) + 1 - 2 * padding.Height) + draws.Int(0, 15),
        Math.Max(1, dilation.Width * (kernel.Width - 1) + 1 - 2 * padding.Width) + draws.Int(0, 15),
    ];
}
