using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Models;

/// <summary>Every variant has the state dict of PyTorch's network of that name and, from the same seed, gives the same logits in both modes.</summary>
public sealed class GoldenVariantTests
{
    private const float FullBatch = 10f; // from zero and at the default momentum, one batch contributes a tenth of its statistics

    private static readonly GoldenTensors Golden = GoldenTensors.Read("variants.safetensors");
    private static readonly JsonElement States = JsonDocument.Parse(GoldenFiles.ReadText("variants.json")).RootElement;

    /// <summary>The variants of torchvision and the article; <see cref="TimmTests"/> has timm's.</summary>
    private static IEnumerable<string> Names => ResNetVariants.WellKnown.Except(["resnet50d", "seresnet50"]);

    [TestCaseSource(nameof(Names))]
    public void TheStateDictHasPyTorchsNamesAndShapes(string name)
    {
        JsonElement golden = States.GetProperty(name);
        ResNet model = ResNet.Create(name, golden.GetProperty("num_classes").GetInt32());
        Assert.That(model.Parameters().Sum(parameter => (long)parameter.Shape.ElementCount), Is.EqualTo(golden.GetProperty("parameters").GetInt64()));

        string[] lines = [.. model.NamedState().Select(entry => $"{entry.Path} {entry.Tensor.Shape}")];
        Assert.That(lines, Has.Length.EqualTo(golden.GetProperty("keys").GetInt32()));
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
        Assert.That(hash, Is.EqualTo(golden.GetProperty("sha256").GetString()), string.Join('\n', lines));
    }

    [TestCaseSource(nameof(Names))]
    public void LogitsMatchPyTorchInBothModes(string name)
    {
        JsonElement golden = Golden.Case(name);
        TorchGenerator generator = new(golden.GetProperty("seed").GetUInt64());
        ResNet model = ResNet.Create(name, golden.GetProperty("num_classes").GetInt32(), generator: generator);
        (string Path, BatchNorm2d Norm)[] norms =
            [.. model.NamedModules().Where(entry => entry.Module is BatchNorm2d).Select(entry => (entry.Path, (BatchNorm2d)entry.Module))];
        string branchEnd = "." + golden.GetProperty("branch_end").GetString();
        (float From, float To) weight = Golden.Bounds("batch_norm", "weight"), bias = Golden.Bounds("batch_norm", "bias");
        (float From, float To) last = Golden.Bounds("branch_end_weight");
        foreach ((string path, BatchNorm2d norm) in norms)
        {
            (float from, float to) = path.EndsWith(branchEnd, StringComparison.Ordinal) ? last : weight;
            norm.Weight!.Value = Tensor.Uniform(norm.Weight.Shape, generator, from, to);
            norm.Bias!.Value = Tensor.Uniform(norm.Bias.Shape, generator, bias.From, bias.To);
            norm.RunningVar!.Value.Span.Clear();
        }
        Shape shape = GoldenTensors.ShapeOf(golden.GetProperty("input"));
        Tensor input = Tensor.Uniform(shape, generator), fresh = Tensor.Uniform(shape, generator);

        Tensor train = model.Forward(input);
        foreach ((_, BatchNorm2d norm) in norms)
        {
            foreach (ref float value in norm.RunningMean!.Value.Span) value *= FullBatch;
            foreach (ref float value in norm.RunningVar!.Value.Span) value *= FullBatch;
        }
        model.Eval();
        AssertClose(train, golden, "train", 0, Precision.Exact);
        foreach (Precision precision in Enum.GetValues<Precision>())
            AssertClose(model.Compile(new ExecutionOptions { Precision = precision }).Run(fresh), golden, "eval", 1, precision);
    }

    [TestCase("resnet18")]
    [TestCase("resnext50_32x4d")]
    public void PrintsAsPyTorchDoes(string name) =>
        Assert.That(ResNet.Create(name).ToString(), Is.EqualTo(GoldenFiles.ReadText($"print-{name}.txt").TrimEnd('\n')));

    private static void AssertClose(Tensor actual, JsonElement golden, string output, int index, Precision precision)
    {
        Tensor expected = Golden[golden, output];
        double tolerance = GoldenTensors.Tolerance(golden.GetProperty("differences")[index].GetDouble(), expected, precision);
        Assert.That(actual.MaxAbsoluteDifference(expected), Is.LessThanOrEqualTo(tolerance), $"{output}, {precision}");
    }
}
