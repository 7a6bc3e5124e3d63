using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Explaining;
using ResNetManaged.Graphs;
using ResNetManaged.Inference;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Kernels.Threading;
using ResNetManaged.Tests.Plans.Training;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Explaining;

public sealed class GradCamTests
{
    private const int Classes = 10;

    private static readonly GoldenTensors Golden = GoldenTensors.Read("gradcam.safetensors");

    private static IEnumerable<string> Recorded() => Golden.Cases.Select(golden => golden.GetProperty("network").GetString()!).Distinct();

    [TestCase("cifar_resnet20")]
    [TestCase("resnet18")]
    [TestCase("resnet50")]
    [TestCase("resnext50_32x4d")]
    [TestCase("textbook_resnet18")]
    public void EveryStageMatchesTheDefinition(string name)
    {
        ResNet network = RandomNetwork.Create(name, mostBlocks: 1, Classes);
        ImagePreset preset = Preset(network) with { Crop = (40, 36) };
        Tensor input = Kinks.InputFarFrom(network, [1, 3, preset.Crop.Height, preset.Crop.Width], distance: 2e-6);
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            ExecutionOptions options = new() { Precision = precision };
            GradCam gradCam = new(network, preset, options);
            for (int stage = 0; stage < network.Stages.Count; stage++)
            {
                string what = $"{name}, {precision}, stage {stage}";
                Assert.That(gradCam.Describe(stage), Does.Not.Contain("gradient tape"), what);
                (double[] expected, double magnitude) = Definition(network, input, classIndex: 3, stage);
                double tolerance = TrainingTolerance.Relative(network.Trace(input.Shape), precision) * magnitude;
                HeatMap heat = gradCam.Explain(input, classIndex: 3, stage);
                Plans.Agreement.AssertClose(heat.Map.ReadOnlySpan, expected, tolerance, what);
            }
        }
    }

    [TestCaseSource(nameof(Recorded))]
    public void EveryStageMatchesPyTorch(string name)
    {
        JsonElement[] cases = [.. Golden.Cases.Where(golden => golden.GetProperty("network").GetString() == name)];
        (ResNet network, Tensor input) = Prepare(cases[0]);
        GradCam gradCam = new(network, Preset(network));
        foreach (JsonElement golden in cases)
        {
            int? classIndex = golden.GetProperty("best").GetBoolean() ? null : golden.GetProperty("class").GetInt32();
            for (int stage = 0; stage < network.Stages.Count; stage++)
            {
                HeatMap heat = gradCam.Explain(input, classIndex, stage);
                Assert.That(heat.ClassIndex, Is.EqualTo(golden.GetProperty("class").GetInt32()));
                Assert.That(heat.Logit, Is.EqualTo(golden.GetProperty("logit").GetSingle()).Within(1e-4)); // near 1, a sum of a few thousand float32 products
                Tensor expected = Golden[golden, $"{stage}"];
                double tolerance = GoldenTensors.Tolerance(golden.GetProperty("differences")[stage].GetDouble(), expected, Precision.Fast);
                Plans.Agreement.AssertClose(heat.Map.ReadOnlySpan, ReferenceNetwork.Widen(expected), tolerance, $"{name}, class {classIndex}, stage {stage}");
            }
        }
    }

    [Test]
    public void TheMapIsResizedAsInPyTorch()
    {
        JsonElement golden = Golden.Cases[0];
        (ResNet network, Tensor input) = Prepare(golden);
        GradCam gradCam = new(network, Preset(network));
        for (int stage = 0; stage < network.Stages.Count; stage++)
        {
            Tensor expected = Golden[golden, $"resized {stage}"];
            HeatMap heat = gradCam.Explain(input, stage: stage);
            Assert.That(heat.Values.Shape, Is.EqualTo(expected.Shape));
            Plans.Agreement.AssertClose(heat.Values.ReadOnlySpan, ReferenceNetwork.Widen(expected), 2e-5, $"stage {stage}"); // mostly Winograd's error in the map; the rest is rounding
        }
    }

    [Test]
    public void TheNetworkIsNotModified()
    {
        ResNet network = RandomNetwork.Create("cifar_resnet20", 1, Classes);
        ModuleState state = new(network);
        float[][] before = [.. network.NamedState().Select(entry => entry.Tensor.Value.ReadOnlySpan.ToArray())];
        new GradCam(network).Explain(Picture(40, 30), stage: 0);
        Assert.That(state.HasChanged, Is.False);
        int i = 0;
        foreach ((string path, StateTensor tensor) in network.NamedState()) Close.AssertSameBits(tensor.Value.ReadOnlySpan, before[i++], path);
    }

    [Test]
    public void ThreadsAndConcurrentCallsDoNotChangeResults()
    {
        ResNet network = RandomNetwork.Create("resnet18", 1, Classes);
        RgbImage[] pictures = [.. Enumerable.Range(1, 6).Select(seed => Picture(60, 70, seed))];
        GradCam one = new(network, Preset(network), new ExecutionOptions { Threads = 1 });
        Tensor[] expected = [.. pictures.Select((picture, i) => one.Explain(picture, stage: i % 4).Values)];
        using TeamBudget budget = new(3);
        GradCam three = new(network, Preset(network), new ExecutionOptions { Threads = 3 });
        Parallel.For(0, 3 * pictures.Length, call =>
        {
            int i = call % pictures.Length;
            Close.AssertSameBits(three.Explain(pictures[i], stage: i % 4).Values.ReadOnlySpan, expected[i].ReadOnlySpan, $"call {call}");
        });
    }

    [Test]
    public void ByDefaultTheMostProbableClassIsExplainedOnTheLastStage()
    {
        ResNet network = RandomNetwork.Create("cifar_resnet20", 1, Classes);
        network.ClassNames = [.. Enumerable.Range(0, Classes).Select(i => $"class {i}")];
        RgbImage picture = Picture(32, 32);
        Prediction best = new ImageClassifier(network).Classify(picture, top: 1)[0];
        GradCam gradCam = new(network);
        HeatMap heat = gradCam.Explain(picture);
        Assert.That((heat.ClassIndex, heat.Label), Is.EqualTo((best.Index, best.Label)));
        Assert.That(heat.Probability, Is.EqualTo(best.Probability).Within(1e-5));
        Assert.That(heat.Map.Shape, Is.EqualTo(Shape.Create(8, 8)));
        Close.AssertSameBits(heat.Map.ReadOnlySpan, gradCam.Explain(picture, best.Index, stage: 2).Map.ReadOnlySpan, "class and stage given explicitly");
    }

    [Test]
    public void LoadExplainsTheCheckpointsNetwork()
    {
        using TemporaryFolder folder = new();
        RgbImage picture = Picture(32, 32);
        HeatMap loaded = GradCam.Load(TinyData.SaveNetwork(folder), ImagePreset.Cifar10).Explain(picture, classIndex: 4);
        Close.AssertSameBits(loaded.Map.ReadOnlySpan, new GradCam(TinyData.Network()).Explain(picture, classIndex: 4).Map.ReadOnlySpan, "map");
    }

    [Test]
    public void InvalidArgumentsThrow()
    {
        ResNet network = TinyData.Network();
        GradCam gradCam = new(network);
        RgbImage picture = Picture(32, 32);
        Assert.That(() => gradCam.Explain(picture, classIndex: 10), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("class 10 is out of range; expected 0 to 9"));
        Assert.That(() => gradCam.Explain(picture, stage: 3), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("stage 3 is out of range; expected 0 to 2"));
        Assert.That(() => gradCam.Explain(Tensor.Zeros([1, 3, 31, 32])), Throws.TypeOf<ShapeMismatchException>().With.Message.Contains("[1, 3, 32, 32]"));
        Assert.That(() => new GradCam(TinyData.Network().Train()), Throws.ArgumentException.With.Message.Contains("Eval()"));
        Assert.That(() => new GradCam(ResNet.Create("cifar_resnet20", inChannels: 1).Eval()), Throws.ArgumentException.With.Message.Contains("1 channels"));
        network.Head.Weight.Fill(1);
        Assert.That(() => gradCam.Explain(picture), Throws.InvalidOperationException.With.Message.Contains("new GradCam"));
    }

    internal static RgbImage Picture(int width, int height, int seed = 1)
    {
        RgbImage picture = new(width, height);
        new Random(seed).NextBytes(picture.Pixels);
        return picture;
    }

    private static ImagePreset Preset(ResNet network) =>
        network.Config.Stem == StemKind.Cifar ? ImagePreset.Cifar10 : ImagePreset.ImageNet with { Resize = 72, Crop = 64 };

    /// <summary>
    /// Equations 1 and 2 in double, from features in double; the gradient is the tape's. The magnitude bounds the terms of the sum by the largest weight
    /// and feature of each channel, over all channels.
    /// </summary>
    private static (double[] Map, double Magnitude) Definition(ResNet network, Tensor input, int classIndex, int stage)
    {
        Graph through = network.TraceThrough(stage, input.Shape);
        double[] features = ReferenceNetwork.Run(through, input);
        Tensor rounded = Tensor.FromArray(Array.ConvertAll(features, value => (float)value), through.Output.Shape);
        GradientTape tape = GradientTape.Record(network.TraceAfter(stage, rounded.Shape), rounded, ExecutionOptions.Default);
        Tensor seed = Tensor.Zeros([1, Classes]);
        seed.Span[classIndex] = 1;
        Tensor gradient = tape.Backward(seed, new ParameterGradients { Wanted = false });
        int channels = rounded.Shape[1], plane = rounded.Shape[2] * rounded.Shape[3];
        double[] map = new double[plane];
        double magnitude = 0;
        for (int c = 0; c < channels; c++)
        {
            double weight = 0, weights = 0, largest = 0;
            for (int i = 0; i < plane; i++)
            {
                weight += gradient.ReadOnlySpan[c * plane + i] / (double)plane;
                weights += Math.Abs(gradient.ReadOnlySpan[c * plane + i]) / (double)plane;
                largest = Math.Max(largest, Math.Abs(features[c * plane + i]));
            }
            for (int i = 0; i < plane; i++) map[i] += weight * features[c * plane + i];
            magnitude += weights * largest;
        }
        return (Array.ConvertAll(map, value => Math.Max(value, 0)), magnitude);
    }

    /// <summary>Draws the same picture as make_gradcam.py.</summary>
    private static (ResNet Network, Tensor Input) Prepare(JsonElement golden)
    {
        TorchGenerator generator = new(golden.GetProperty("seed").GetUInt64());
        ResNet network = ResNet.Create(golden.GetProperty("network").GetString()!, Classes, generator: generator);
        string branchEnd = "." + golden.GetProperty("branch_end").GetString();
        foreach ((string path, Module module) in network.NamedModules())
        {
            if (module is not BatchNorm2d norm) continue;
            norm.Weight!.Value = Draw(path.EndsWith(branchEnd, StringComparison.Ordinal) ? "branch_end_weight" : "weight");
            norm.Bias!.Value = Draw("bias");
            norm.RunningMean!.Value = Draw("running_mean");
            norm.RunningVar!.Value = Draw("running_var");

            Tensor Draw(string bounds)
            {
                (float from, float to) = Golden.Bounds("norms", bounds);
                return Tensor.Uniform(norm.Weight!.Shape, generator, from, to);
            }
        }
        return (network.Eval(), Tensor.Uniform(GoldenTensors.ShapeOf(golden.GetProperty("input")), generator, -1, 1));
    }
}
