using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Activations;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;
using TorchSharp;
using static TorchSharp.torch.nn;
using Module = ResNetManaged.Layers.Module;
using PReLU = ResNetManaged.Layers.Activations.PReLU;

namespace ResNetManaged.Parity.Operations;

/// <summary>Compiled activation functions, products and concatenations, and their gradients, agree with LibTorch in float64.</summary>
public sealed class ActivationTests : LibTorchTests
{
    private const double U = Close.UnitRoundoff;

    /// <summary>A layer, LibTorch's counterpart, and the error bound of f in roundings, which the functions' remarks derive.</summary>
    private sealed record Activation(Func<Draws, Module> Create, Func<Module, torch.Tensor, torch.Tensor> Compute, double Roundings);

    private static readonly Dictionary<string, Activation> Activations = new()
    {
        ["sigmoid"] = new(_ => new Sigmoid(), (_, x) => torch.sigmoid(x), 4.5),
        ["silu"] = new(_ => new SiLU(), (_, x) => functional.silu(x), 5.5),
        ["hardsigmoid"] = new(_ => new Hardsigmoid(), (_, x) => functional.hardsigmoid(x), 2),
        ["hardswish"] = new(_ => new Hardswish(), (_, x) => functional.hardswish(x), 3),
        ["relu6"] = new(_ => new ReLU6(), (_, x) => functional.relu6(x), 0),
        ["clamp"] = new(draws => new Hardtanh(draws.OneOf(-1, -2.5, 0.25), draws.OneOf(0.5, 1, 3.75)),
            (layer, x) => torch.clamp(x, ((Hardtanh)layer).MinVal, ((Hardtanh)layer).MaxVal), 0), // TorchSharp's hardtanh returns its input unchanged
        ["leaky_relu"] = new(draws => new LeakyReLU(draws.OneOf(0.01, 0.3, 2)), (layer, x) => functional.leaky_relu(x, ((LeakyReLU)layer).NegativeSlope), 2),
    };

    private static IEnumerable<string> Names => Activations.Keys;

    [TestCaseSource(nameof(Names))]
    public void OutputsAndGradientsAgree(string name)
    {
        Activation activation = Activations[name];
        CompareAll(name, (draws, agreement) =>
        {
            Module layer = activation.Create(draws).Eval();
            Tensor input = draws.Numbers(Images(draws), -9, 9), weights = draws.Numbers(input.Shape);
            torch.Tensor x = input.ToTorch64(), g = weights.ToTorch64(), expected = activation.Compute(layer, x);
            // x + 3 is rounded before it is clamped, so the error of the hard functions does not shrink with their value.
            torch.Tensor magnitude = name switch
            {
                "hardsigmoid" => x.abs() + 3,
                "hardswish" => (x.abs() + 3) * x.abs(),
                _ => expected.abs(),
            };
            agreement.AssertWithin(layer.Forward(input), expected, magnitude * (activation.Roundings * U), $"{layer} of {input.Shape}");

            // The reference's derivative is a double of at most 2; its product with g is rounded once.
            torch.Tensor derivative = Gradients.ByAutograd(operands => activation.Compute(layer, operands[0]), g, x)[0];
            agreement.AssertWithin(Gradients.OfModule(layer, input, weights)[0]!, derivative, g.abs() * (2 * U), $"gradient of {layer} of {input.Shape}");
        });
    }

    [Test]
    public void PReLUAgrees() => CompareAll("prelu", (draws, agreement) =>
    {
        Shape shape = Images(draws);
        PReLU layer = new(draws.OneOf(1, shape[1]));
        layer.Weight.Value = draws.Numbers(layer.Weight.Shape);
        Tensor input = draws.Numbers(shape), weights = draws.Numbers(shape);
        torch.Tensor x = input.ToTorch64(), slopes = layer.Weight.Value.ToTorch64(), g = weights.ToTorch64();
        agreement.AssertWithin(layer.Eval().Forward(input), functional.prelu(x, slopes), x.abs() * U, $"{layer} of {shape}");

        IList<torch.Tensor> expected = Gradients.ByAutograd(operands => functional.prelu(operands[0], operands[1]), g, x, slopes);
        Tensor?[] actual = Gradients.OfModule(layer, input, weights);
        torch.Tensor terms = (x * g).abs();
        torch.Tensor sums = layer.NumParameters == 1 ? terms.sum().reshape(1) : terms.sum([0, 2, 3]);
        agreement.AssertWithin(actual[0]!, expected[0], g.abs() * (2 * U), $"gradient of {layer} of {shape}");
        agreement.AssertWithin(actual[1]!, expected[1], sums * (2 * U), $"gradient of the slopes of {layer} of {shape}"); // summed in double
    });

    [Test]
    public void ProductsAgree() => CompareAll("mul", (draws, agreement) =>
    {
        Shape shape = Images(draws);
        bool scales = draws.Bool(), first = draws.Bool();
        Tensor input = draws.Numbers(shape), weights = draws.Numbers(shape);
        AdaptiveAvgPool2d mean = new(1);
        Custom module = new(x => !scales ? x * x : first ? mean.Forward(x) * x : x * mean.Forward(x));
        torch.Tensor x = input.ToTorch64(), g = weights.ToTorch64();
        double relative = Close.SumTolerance(shape[2] * shape[3] + 1);
        agreement.AssertWithin(module.Eval().Forward(input), Product(x), Product(x.abs()) * relative, $"{shape}, planes {scales}");
        torch.Tensor gradient = Gradients.ByAutograd(operands => Product(operands[0]), g, x)[0];
        torch.Tensor magnitude = Gradients.ByAutograd(operands => Product(operands[0]), g.abs(), x.abs())[0];
        agreement.AssertWithin(Gradients.OfModule(module, input, weights)[0]!, gradient, magnitude * relative, $"gradient, {shape}, planes {scales}");

        torch.Tensor Product(torch.Tensor operand) => operand * (scales ? operand.mean([2, 3], keepdim: true) : operand);
    });

    [Test]
    public void ConcatenationsAgree() => CompareAll("cat", (draws, agreement) =>
    {
        Shape shape = Images(draws);
        Tensor input = draws.Numbers(shape), weights = draws.Numbers([shape[0], 3 * shape[1], shape[2], shape[3]]);
        Custom module = new(x => Value.Concat(x, x + x, x));
        torch.Tensor x = input.ToTorch64(), g = weights.ToTorch64();
        agreement.AssertEqual(module.Eval().Forward(input), Concat(x), $"{shape}");
        torch.Tensor gradient = Gradients.ByAutograd(operands => Concat(operands[0]), g, x)[0];
        torch.Tensor magnitude = Gradients.ByAutograd(operands => Concat(operands[0]), g.abs(), x)[0];
        agreement.AssertWithin(Gradients.OfModule(module, input, weights)[0]!, gradient, magnitude * Close.SumTolerance(4), $"gradient, {shape}");

        static torch.Tensor Concat(torch.Tensor operand) => torch.cat([operand, operand + operand, operand], 1);
    });

    private static Shape Images(Draws draws) => [draws.Int(1, 3), draws.Int(1, 40), draws.Int(1, 9), draws.Int(1, 9)];

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

    private sealed class Custom(Func<Value, Value> forward) : Module
    {
        protected override Value ForwardCore(Value input) => forward(input);
    }
}
