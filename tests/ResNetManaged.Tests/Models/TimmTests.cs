using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;
using ResNetManaged.Tests.Support.Files;

namespace ResNetManaged.Tests.Models;

/// <summary>timm's networks have its names, shapes and logits, with weights computed by a formula (Goldens/README.md).</summary>
public sealed class TimmTests
{
    private static readonly ResNetConfig ResNet18 = ResNetVariants.Get("resnet18"), ResNet50 = ResNetVariants.Get("resnet50");
    private static readonly ResNetConfig ResNet50D = ResNetVariants.Get("resnet50d");

    private static readonly Dictionary<string, ResNetConfig> Configs = new()
    {
        ["resnet18d"] = ResNet50D with { Block = BlockKind.ResidualUnit, Depths = ResNet18.Depths },
        ["resnet50c"] = ResNet50 with { Stem = StemKind.Deep },
        ["resnet50d"] = ResNet50D,
        ["resnet101d"] = ResNet50D with { Depths = [3, 4, 23, 3] },
        ["seresnet34"] = ResNetVariants.Get("resnet34") with { SqueezeReduction = 16 },
        ["seresnet50"] = ResNetVariants.Get("seresnet50"),
        ["seresnext50_32x4d"] = ResNetVariants.Get("resnext50_32x4d") with { SqueezeReduction = 16 },
        ["seresnet152d"] = ResNet50D with { Depths = [3, 8, 36, 3], SqueezeReduction = 16 },
    };

    internal static IEnumerable<string> Names => Configs.Keys;

    [TestCaseSource(nameof(Names))]
    public void NamesShapesAndLogitsMatchTimm(string name)
    {
        Row row = Row.Read(name);
        bool features = row.Options.Contains("'num_classes': 0", StringComparison.Ordinal);
        ResNetConfig config = Configs[name] with { InChannels = row.Options.Contains("'in_chans': 4", StringComparison.Ordinal) ? 4 : 3 };
        ResNet network = new(features ? config : config with { NumClasses = row.Outputs });
        (string Path, StateTensor Tensor)[] state =
            [.. network.NamedState().Where(entry => !features || !entry.Path.StartsWith("fc.", StringComparison.Ordinal))];

        string lines = string.Concat(state.Select(entry => $"{entry.Path} {entry.Tensor.Shape}\n"));
        Assert.That(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines))), Does.StartWith(row.Hash), lines);

        foreach ((string path, StateTensor tensor) in state) tensor.Value = Weights(path, tensor.Shape);
        Tensor images = Tensor.Uniform([2, config.InChannels, row.Side, row.Side], new TorchGenerator(0));
        foreach (ref float pixel in images.Span) pixel = pixel * 2 - 1;
        network.Eval();

        ExecutionOptions exact = new() { Precision = Precision.Exact }, fast = new() { Precision = Precision.Fast };
        if (!features) Check(network.ForwardReference(images), row, 3e-6, "reference");
        Check(features ? network.ForwardFeatures(images, exact) : network.Forward(images, exact), row, 3e-6, "exact");
        Check(features ? network.ForwardFeatures(images, fast) : network.Forward(images, fast), row, 2e-5, "fast");
    }

    private static void Check(Tensor outputs, Row row, double tolerance, string what)
    {
        double worst = 0;
        for (int image = 0; image < 2; image++)
        {
            ReadOnlySpan<float> actual = outputs.Slice(image).ReadOnlySpan;
            int recorded = row.Logits.Length / 2;
            for (int i = 0; i < recorded; i++) worst = Math.Max(worst, Math.Abs(actual[i] - row.Logits[image * recorded + i]));
        }
        TestContext.Out.WriteLine($"{what}: {worst / row.Largest:E2} of the largest output");
        Assert.That(worst / row.Largest, Is.LessThanOrEqualTo(tolerance), what);
    }

    /// <summary>An entry of the state dict: random, seeded by its name.</summary>
    private static Tensor Weights(string path, Shape shape)
    {
        if (path.EndsWith("num_batches_tracked", StringComparison.Ordinal)) return Tensor.Zeros(shape);
        Tensor tensor = Tensor.Uniform(shape, new TorchGenerator(Checksum.Crc32(Encoding.UTF8.GetBytes(path))));
        int fanIn = 1;
        for (int i = 1; i < shape.Rank; i++) fanIn *= shape[i];
        (float scale, float shift) = path switch
        {
            _ when path.EndsWith("running_mean", StringComparison.Ordinal) => (0.4f, -0.2f),
            _ when path.EndsWith("running_var", StringComparison.Ordinal) => (1f, 0.5f),
            _ when shape.Rank > 1 => (2f, -1f),
            _ => path.EndsWith("weight", StringComparison.Ordinal) ? (1f, 0.5f) : (0.4f, -0.2f),
        };
        float factor = shape.Rank > 1 ? (float)Math.Sqrt(3.0 / fanIn) : 1f;
        foreach (ref float value in tensor.Span) value = (value * scale + shift) * factor;
        return tensor;
    }

    /// <summary>One row of the recorded results.</summary>
    private sealed record Row(string Hash, int Side, int Outputs, double Largest, double[] Logits, string Options)
    {
        public static Row Read(string name)
        {
            string[] cells = GoldenFiles.ReadText("timm.tsv").Split('\n').Single(line => line.StartsWith(name + '\t', StringComparison.Ordinal)).Split('\t');
            return new Row(cells[3], int.Parse(cells[4], CultureInfo.InvariantCulture), int.Parse(cells[5], CultureInfo.InvariantCulture),
                double.Parse(cells[6], CultureInfo.InvariantCulture),
                [.. cells[7].Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))], cells[8]);
        }
    }
}
