using NUnit.Framework;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using TorchSharp;
using static TorchSharp.torch.nn;
using Linear = ResNetManaged.Layers.Linear;

namespace ResNetManaged.Parity.Operations;

public sealed class LinearTests : LibTorchTests
{
    [Test]
    public void LinearLayersAgree()
    {
        Draws draws = new();
        Agreement agreement = new("linear");
        for (int i = 0; i < Draws.Cases; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            int inFeatures = draws.OneOf(1, 7, 64, draws.Int(1, 600)), outFeatures = draws.OneOf(1, 10, draws.Int(1, 300));
            Linear layer = new(inFeatures, outFeatures, bias: draws.Bool());
            layer.Weight.Value = draws.Numbers(layer.Weight.Shape);
            if (layer.Bias is not null) layer.Bias.Value = draws.Numbers(layer.Bias.Shape);
            Tensor input = draws.Numbers(draws.OneOf<Shape>([inFeatures], [draws.Int(1, 20), inFeatures],
                [draws.Int(1, 4), draws.Int(1, 4), inFeatures]));

            torch.Tensor x = input.ToTorch(), weight = layer.Weight.Value.ToTorch();
            torch.Tensor? bias = layer.Bias?.Value.ToTorch();
            torch.Tensor magnitude = functional.linear(x.abs(), weight.abs(), bias?.abs());
            agreement.AssertWithin(layer.Forward(input), functional.linear(x, weight, bias), magnitude * Agreement.OfSums(inFeatures + 1),
                $"{layer} of {input.Shape}");
        }
        agreement.Report();
    }
}
