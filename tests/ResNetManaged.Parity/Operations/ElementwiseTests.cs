using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using TorchSharp;
using static TorchSharp.torch.nn;
using Module = ResNetManaged.Layers.Module;

namespace ResNetManaged.Parity.Operations;

public sealed class ElementwiseTests : LibTorchTests
{
    [Test]
    public void ReluIsEqual() => CompareAll("relu", (draws, input) => (new ReLU(), functional.relu(input.ToTorch())));

    [Test]
    public void AdditionIsEqual() => CompareAll("add", (draws, input) =>
    {
        torch.Tensor x = input.ToTorch();
        return (new PlusItsRelu(), x + functional.relu(x));
    });

    private static void CompareAll(string name, Func<Draws, Tensor, (Module, torch.Tensor)> compute)
    {
        Draws draws = new();
        Agreement agreement = new(name);
        for (int i = 0; i < Draws.Cases; i++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor input = draws.NumbersAndSpecials([draws.Int(1, 3), draws.Int(1, 20), draws.Int(1, 9), draws.Int(1, 9)]);
            (Module layer, torch.Tensor expected) = compute(draws, input);
            agreement.AssertEqual(layer.Forward(input), expected, $"{input.Shape}");
        }
        agreement.Report();
    }

    /// <summary>x + ReLU(x): an addition whose first operand is read twice.</summary>
    private sealed class PlusItsRelu : Module
    {
        private readonly ReLU _relu = new();

        protected override Value ForwardCore(Value input) => input + _relu.Forward(input);
    }
}
