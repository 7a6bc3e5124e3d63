using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using TorchSharp;
using static TorchSharp.torch.nn;
using Module = ResNetManaged.Layers.Module;

namespace ResNetManaged.Parity.Operations;

public sealed class SoftmaxTests : LibTorchTests
{
    /// <summary>An exponential, a logarithm and a division, each off by up to two units in the last place.</summary>
    private const int Roundings = 2 * 2 * 3;

    /// <summary>Smaller float32 numbers lose digits and may be flushed to zero.</summary>
    private const double SmallestNormal = 1.17549435e-38;

    [Test]
    public void SoftmaxAgrees() => CompareAll("softmax", (input, dim) => (new Softmax(dim), functional.softmax(input, dim)),
        // The absolute error of an exponent is the relative error of its exponential.
        (expected, shifted, dim) => expected * ((shifted.abs() + shifted.abs().amax([dim], keepdim: true)) * Agreement.OfRoundings(1)
            + Agreement.OfSums((int)shifted.shape[dim]) + Agreement.OfRoundings(Roundings)) + SmallestNormal);

    [Test]
    public void LogSoftmaxAgrees() => CompareAll("log_softmax", (input, dim) => (new LogSoftmax(dim), functional.log_softmax(input, dim)),
        (expected, shifted, dim) => (expected.abs() + shifted.abs() * 2 + shifted.abs().amax([dim], keepdim: true)) * Agreement.OfRoundings(1)
            + Agreement.OfSums((int)shifted.shape[dim]) + Agreement.OfRoundings(Roundings));

    private static void CompareAll(string name, Func<torch.Tensor, int, (Module, torch.Tensor)> compute,
        Func<torch.Tensor, torch.Tensor, int, torch.Tensor> tolerance)
    {
        Draws draws = new();
        Agreement agreement = new(name);
        for (int i = 0; i < Draws.Cases; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Shape shape = draws.OneOf<Shape>([draws.Int(1, 9)], [draws.Int(1, 5), draws.Int(1, 1000)],
                [draws.Int(1, 3), draws.Int(1, 9), draws.Int(1, 9), draws.Int(1, 9)]);
            int dim = draws.Int(0, shape.Rank - 1);
            float spread = draws.OneOf(1f, 10f, 100f);
            Tensor input = draws.Numbers(shape, -spread, spread);
            torch.Tensor x = input.ToTorch();
            (Module layer, torch.Tensor expected) = compute(x, dim);
            torch.Tensor shifted = (x - x.amax([dim], keepdim: true)).to(torch.float64);
            agreement.AssertWithin(layer.Forward(input), expected, tolerance(expected.to(torch.float64), shifted, dim), $"{layer} of {shape}");
        }
        agreement.Report();
    }
}
