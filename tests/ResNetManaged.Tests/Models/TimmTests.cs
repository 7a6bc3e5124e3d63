using NUnit.Framework;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Plans;
using ResNetManaged.Training;

namespace ResNetManaged.Tests.Models;

/// <summary>timm's networks have its names, shapes and logits, with weights computed by a formula (Goldens/README.md).</summary>
public sealed class TimmTests
{
    /// <summary>Of the largest output. Two builds of PyTorch differ by up to 7e-6, in a network of 420 layers.</summary>
    private const double OfReference = 1e-5, OfFast = 2e-5;

    /// <summary>For BiT's, whose weights are standardized: PyTorch's own float32 differs from its float64 by 2.6e-5 in resnetv2_101x1_bit.</summary>
    private const double OfStandardized = 2.6e-5;

    /// <summary>Small networks that together have every feature.</summary>
    private static readonly string[] Small =
    [
        "resnet10t", "resnet18d", "resnet18 {'num_classes': 0}", "resnet18 {'in_chans': 1}", "resnet18 {'global_pool': 'avgmax'}", "resnet34 {'global_pool': 'max'}",
        "resnet50d {'output_stride': 16}", "resnetaa50d {'output_stride': 8}", "resnetblur18", "resnetblur18 {'output_stride': 16}", "resnet50_gn", "ecaresnet26t",
        "ecaresnet50d_pruned", "seresnext26t_32x4d", "resnetrs50", "test_resnet", "resnetv2_18", "resnetv2_18d", "resnetv2_18 {'global_pool': 'catavgmax'}",
        "resnetv2_50d_gn", "resnetv2_50x1_bit", "iresnet18", "resnetv2_34 {'output_stride': 16}",
    ];

    private static IEnumerable<string> All => TimmRow.All.Select(row => row.Title);

    private static IEnumerable<string> Large => TimmRow.All.Where(row => row.Logits.Length > 0).Select(row => row.Title).Except(Small);

    private static IEnumerable<string> Families => ResNetVariants.Names.Where(name => Shortened(name) is { WidthPerGroup: <= 64, Widths: [<= 64, ..] })
        .DistinctBy(Shortened);

    [Test]
    public void EveryNetworkOfTheGoldenHasAName() => Assert.That(TimmRow.All.Select(row => row.Name).Distinct(), Is.SubsetOf(ResNetVariants.Names));

    [TestCaseSource(nameof(All))]
    public void ParametersNamesAndShapesMatchTimm(string title)
    {
        TimmRow row = TimmRow.Find(title);
        ResNet network = new(row.Config);
        Assert.That(network.Parameters().Sum(parameter => (long)parameter.Shape.ElementCount), Is.EqualTo(row.Parameters));
        string lines = string.Concat(network.NamedState().Select(entry => $"{entry.Path} {entry.Tensor.Shape}\n"));
        Assert.That(TimmRow.HashOf(lines), Does.StartWith(row.Hash), lines);
        Assert.That(network.NamedState().Count(), Is.EqualTo(row.Entries));
    }

    [TestCaseSource(nameof(All))]
    public void EveryOperationHasAStepOfItsOwn(string title)
    {
        TimmRow row = TimmRow.Find(title);
        ResNetConfig config = row.Config;
        if (config.PrunedChannels.IsEmpty) config = config with { Depths = [.. config.Depths.Select(depth => Math.Min(depth, 2))] };
        ResNet network = new ResNet(config).Eval();
        PlanPipeline plan = new(network.Trace(row.Input), Precision.Fast, PlanPipeline.AllPasses);
        Assert.That(plan.Plan.Nodes.Where(node => !node.IsNative), Is.Empty);
    }

    [TestCaseSource(nameof(Families))]
    public void EveryKindOfNetworkTrainsOnTheNativePlan(string name)
    {
        ResNetConfig config = Shortened(name);
        int side = config.Stem == StemKind.Face ? config.InputSize : 64;
        Assert.That(new TrainingPlan(new ResNet(config), [2, 3, side, side]).TapeReason, Is.Null);
    }

    [TestCaseSource(nameof(Small))]
    public void LogitsOfSmallNetworksMatchTimm(string title) => Check(title);

    [Explicit("Creates three billion weights.")]
    [Category("Long")]
    [TestCaseSource(nameof(Large))]
    public void LogitsOfLargeNetworksMatchTimm(string title) => Check(title);

    /// <summary>One network of each kind, with one block for each stage.</summary>
    private static ResNetConfig Shortened(string name)
    {
        ResNetConfig config = ResNetVariants.Get(name);
        return config with { NumClasses = 10, Depths = [.. config.Depths.Select(_ => 1)], PrunedChannels = [] };
    }

    private static void Check(string title)
    {
        TimmRow row = TimmRow.Find(title);
        ResNet network = new(row.Config);
        foreach ((string path, StateTensor tensor) in network.NamedState()) tensor.Value = TimmRow.Weights(path, tensor.Shape);
        Tensor images = Tensor.Uniform(row.Input, new TorchGenerator(0));
        foreach (ref float pixel in images.Span) pixel = pixel * 2 - 1;
        network.Eval();
        double exact = row.Name.EndsWith("_bit", StringComparison.Ordinal) ? OfStandardized : OfReference, fast = Math.Max(exact, OfFast);
        AssertClose(network.ForwardReference(images), row, exact, "reference");
        AssertClose(network.Compile(new ExecutionOptions { Precision = Precision.Exact }).Run(images), row, exact, "exact");
        AssertClose(network.Compile(new ExecutionOptions { Precision = Precision.Fast }).Run(images), row, fast, "fast");
    }

    private static void AssertClose(Tensor outputs, TimmRow row, double tolerance, string what)
    {
        Assert.That(outputs.Shape[1], Is.EqualTo(row.Outputs));
        double worst = 0;
        int recorded = row.Logits.Length / 2;
        for (int i = 0; i < row.Logits.Length; i++)
            worst = Math.Max(worst, Math.Abs(outputs.Slice(i / recorded).ReadOnlySpan[i % recorded] - row.Logits[i]));
        TestContext.Out.WriteLine($"{what}: {worst / row.Largest:E2} of the largest output");
        Assert.That(worst / row.Largest, Is.LessThanOrEqualTo(tolerance), what);
    }
}
