using System.Globalization;
using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Parity.Support;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace ResNetManaged.Parity.Operations;

public sealed class GroupNormTests : LibTorchTests
{
    /// <summary>
    /// Roundings in a term of the output: variance, adding eps, root and reciprocal, the product with the weight, the mean, the product with x or the
    /// mean, adding the bias, and the last sum.
    /// </summary>
    private const int Roundings = 9;

    [Test]
    public void OutputsAgree() => CompareAll("group_norm", (draws, agreement) =>
    {
        (GroupNorm layer, Tensor input, string what) = Draw(draws);
        torch.Tensor x = input.ToTorch();
        torch.Tensor expected = functional.group_norm(x, layer.NumGroups, layer.Weight?.Value.ToTorch(), layer.Bias?.Value.ToTorch(), layer.Eps);
        (torch.Tensor z, torch.Tensor scale, _) = Magnitudes(layer, x.to(torch.float64));
        torch.Tensor magnitude = z * scale;
        if (layer.Bias is not null) magnitude = magnitude + PerChannel(layer.Bias.Value.ToTorch64().abs());
        agreement.AssertWithin(layer.Eval().Forward(input), expected, magnitude * Agreement.OfRoundings(Roundings), what);
    });

    [Test]
    public void GradientsAgree() => CompareAll("group_norm, gradients", (draws, agreement) =>
    {
        (GroupNorm layer, Tensor input, string what) = Draw(draws);
        Tensor weights = draws.Numbers(input.Shape);
        torch.Tensor x = input.ToTorch64(), g = weights.ToTorch64().abs();
        IList<torch.Tensor> expected = Gradients.ByAutograd(operands => functional.group_norm(operands[0], layer.NumGroups,
            operands.ElementAtOrDefault(1), operands.ElementAtOrDefault(2), layer.Eps), weights.ToTorch64(),
            [x, .. layer.Parameters().Select(parameter => parameter.Value.ToTorch64())]);

        // Each term and the result are rounded.
        const double Relative = 6 * Close.UnitRoundoff;
        (torch.Tensor z, torch.Tensor scale, torch.Tensor reciprocal) = Magnitudes(layer, x);
        torch.Tensor terms = g * scale;
        torch.Tensor ofInput = reciprocal * (terms + MeanOfGroups(layer, terms) + z * MeanOfGroups(layer, terms * z));
        torch.Tensor[] magnitudes = [ofInput, (g * z).sum([0, 2, 3]), g.sum([0, 2, 3])];
        Tensor?[] actual = Gradients.OfModule(layer, input, weights);
        for (int i = 0; i < actual.Length; i++) agreement.AssertWithin(actual[i]!, expected[i], magnitudes[i] * Relative, $"{what}, operand {i}");
    });

    private static (GroupNorm Layer, Tensor Input, string What) Draw(Draws draws)
    {
        int groups = draws.Int(1, 8), channels = groups * draws.Int(1, 8);
        GroupNorm layer = new(groups, channels, draws.OneOf(1e-5, 1e-3, 0.1), affine: draws.Bool());
        foreach (Parameter parameter in layer.Parameters()) parameter.Value = draws.Numbers(parameter.Shape);
        float offset = draws.OneOf(0f, 0f, 10f);
        // At least eight values per group: with two, the gradient is what is left of a cancellation.
        Tensor input = draws.Numbers([draws.Int(1, 4), channels, draws.Int(2, 9), draws.Int(4, 9)], offset - 1, offset + 1);
        return (layer, input, string.Create(CultureInfo.InvariantCulture, $"{layer} of {input.Shape} around {offset}"));
    }

    /// <summary>Magnitudes of the normalized values (LibTorch sums the mean in float32), the weights, and 1 / sqrt(variance + eps), in the input's shape.</summary>
    private static (torch.Tensor Z, torch.Tensor Scale, torch.Tensor Reciprocal) Magnitudes(GroupNorm layer, torch.Tensor x)
    {
        torch.Tensor mean = MeanOfGroups(layer, x), variance = MeanOfGroups(layer, (x - mean) * (x - mean));
        torch.Tensor reciprocal = (variance + layer.Eps).rsqrt();
        torch.Tensor scale = layer.Weight is null ? torch.ones_like(x) : torch.ones_like(x) * PerChannel(layer.Weight.Value.ToTorch64().abs());
        return ((x.abs() + MeanOfGroups(layer, x.abs())) * reciprocal, scale, reciprocal);
    }

    /// <summary>For each value, the mean of its image's group.</summary>
    private static torch.Tensor MeanOfGroups(GroupNorm layer, torch.Tensor x) =>
        x.reshape(x.shape[0], layer.NumGroups, -1).mean([2], keepdim: true).expand(-1, -1, x.numel() / x.shape[0] / layer.NumGroups).reshape(x.shape);

    private static torch.Tensor PerChannel(torch.Tensor values) => values.view(1, -1, 1, 1);

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
}
