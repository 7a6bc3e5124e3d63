using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Models.Parts;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Models;

/// <summary>The article's and torchvision's blocks, built from a seed, match outputs recorded from PyTorch 1.13 in both modes.</summary>
public sealed class GoldenBlockTests
{
    private static readonly GoldenTensors Golden = GoldenTensors.Read("blocks.safetensors");

    /// <summary>Excludes the case in which the article ignores contradictory input channels; the next test covers it.</summary>
    private static IEnumerable<string> Names() =>
        Golden.Cases.Select(element => element.GetProperty("name").GetString()!).Where(name => name != "ResidualUnit ignores in_");

    [Test]
    public void AResidualUnitRejectsContradictoryInputChannels() =>
        Assert.That(() => new ResidualUnit(outChannels: 8, inChannels: 64), Throws.ArgumentException.With.Message.StartsWith(
            "ResidualUnit: 64 input channels were given; 8 output channels at stride 1 imply 8."));

    [Test]
    public void AStageOfResidualUnitsAfterTheStemMustHaveTheStemsChannels() =>
        Assert.That(() => Builders.MakeLayers(BlockKind.ResidualUnit, 128, 2, afterConv1: true),
            Throws.ArgumentException.With.Message.StartsWith("ResidualUnit: 64 input channels were given; 128 output channels"));

    [TestCaseSource(nameof(Names))]
    public void MatchesPyTorch(string name)
    {
        JsonElement golden = Golden.Case(name);
        TorchGenerator generator = new(golden.GetProperty("seed").GetUInt64());
        Module module = Build(golden.GetProperty("kind").GetString()!, golden.GetProperty("args"), generator);
        BatchNorm2d[] norms = [.. module.NamedModules().Select(entry => entry.Module).OfType<BatchNorm2d>()];
        foreach (BatchNorm2d norm in norms)
        {
            Draw(norm.Weight!, "weight", generator);
            Draw(norm.Bias!, "bias", generator);
            Draw(norm.RunningMean!, "running_mean", generator);
            Draw(norm.RunningVar!, "running_var", generator);
        }
        Tensor input = Tensor.Uniform(GoldenTensors.ShapeOf(golden.GetProperty("input")), generator);

        module.Eval();
        Tensor fast = module.Forward(input, new ExecutionOptions { Precision = Precision.Fast });
        Dictionary<string, Tensor> results = new()
        {
            ["eval"] = module.Forward(input, new ExecutionOptions { Precision = Precision.Exact }),
            ["train"] = module.Train().Forward(input),
            ["train.first.running_mean"] = norms[0].RunningMean!.Value,
            ["train.first.running_var"] = norms[0].RunningVar!.Value,
            ["train.last.running_mean"] = norms[^1].RunningMean!.Value,
            ["train.last.running_var"] = norms[^1].RunningVar!.Value,
        };
        string[] outputs = [.. golden.GetProperty("outputs").EnumerateArray().Select(output => output.GetString()!)];
        Assert.That(outputs, Is.EquivalentTo(results.Keys));
        for (int i = 0; i < outputs.Length; i++)
        {
            Tensor expected = Golden[golden, outputs[i]];
            double difference = golden.GetProperty("differences")[i].GetDouble();
            Assert.That(results[outputs[i]].MaxAbsoluteDifference(expected), Is.LessThanOrEqualTo(GoldenTensors.Tolerance(difference, expected)), outputs[i]);
            if (outputs[i] != "eval") continue;
            double tolerance = GoldenTensors.Tolerance(difference, expected, Precision.Fast);
            Assert.That(fast.MaxAbsoluteDifference(expected), Is.LessThanOrEqualTo(tolerance), "eval, fast");
        }
    }

    private static void Draw(StateTensor state, string name, TorchGenerator generator)
    {
        (float from, float to) = Golden.Bounds("batch_norm", name);
        state.Value = Tensor.Uniform(state.Shape, generator, from, to);
    }

    private static Module Build(string kind, JsonElement args, TorchGenerator generator)
    {
        int Number(string name) => args.GetProperty(name).GetInt32();
        bool Flag(string name) => args.GetProperty(name).GetBoolean();
        int? Optional(string name) => args.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : null;

        return kind switch
        {
            "conv3x3" => Builders.Conv3x3(Number("in_"), Number("out_"), Number("stride"), Flag("initialzero"), generator),
            "conv1x1" => Builders.Conv1x1(Number("in_"), Number("out_"), Number("stride"), Flag("initialzero"), generator),
            "ResidualUnit" => new ResidualUnit(Number("out_"), Number("stride1"), Optional("in_"), generator),
            "Bottleneck" => new Bottleneck(Number("middle_out"), Number("stride1"), Optional("in_"), generator),
            "make_layers" => Builders.MakeLayers(Kind(args.GetProperty("block").GetString()!), Number("middle_out"),
                Number("num_blocks"), Flag("afterconv1"), generator),
            "torchvision.BasicBlock" => Torchvision(BlockKind.ResidualUnit),
            "torchvision.Bottleneck" => Torchvision(BlockKind.Bottleneck),
            _ => throw new ArgumentException($"This test has no block {kind}."),
        };

        static BlockKind Kind(string name) => BlockKind.All.Single(kind => kind.Name == name);

        ResidualBlock Torchvision(BlockKind block)
        {
            ResNetConfig config = ResNetConfig.Torchvision(block) with { Groups = Number("groups"), WidthPerGroup = Number("base_width") };
            return (ResidualBlock)block.Create(new BlockSpec(config, Number("inplanes"), Number("planes"), Number("stride")), generator);
        }
    }
}
