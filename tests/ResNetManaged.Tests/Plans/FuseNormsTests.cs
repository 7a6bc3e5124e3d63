using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Activations;
using ResNetManaged.Models;
using ResNetManaged.Plans;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Fusion;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Plans.Training;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Tests.Plans;

/// <summary>The passes for training preserve the result and fuse only permitted nodes.</summary>
public sealed class FuseNormsTests
{
    private static readonly Shape Input = [2, 20, 9, 8];

    private static readonly Dictionary<string, (Func<Func<string, Module>, Value, Value> Forward, string[] Fused)> Cases = new()
    {
        ["a norm and its ReLU"] = ((layer, x) => layer("relu").Forward(layer("norm1").Forward(layer("conv1").Forward(x))),
            ["Conv2d", "BatchNorm2d + ReLU"]),
        ["a sum with the input of the norm's convolution"] = ((layer, x) =>
        {
            x = layer("norm1").Forward(layer("conv1").Forward(x));
            return layer("relu").Forward(layer("norm2").Forward(layer("conv2").Forward(x)) + x);
        }, ["Conv2d", "BatchNorm2d", "Conv2d", "BatchNorm2d + Add + ReLU"]),
        ["a sum with the input"] = ((layer, x) => x + layer("norm1").Forward(layer("conv1").Forward(x)), ["Conv2d", "BatchNorm2d + Add"]),
        ["a sum of two norms"] = ((layer, x) =>
                layer("relu").Forward(layer("norm1").Forward(layer("conv1").Forward(x)) + layer("norm2").Forward(layer("conv2").Forward(x))),
            ["Conv2d", "Conv2d", "BatchNorm2d + BatchNorm2d + Add + ReLU"]),
        ["a sum with a convolution that comes later"] = ((layer, x) => layer("norm1").Forward(layer("conv1").Forward(x)) + layer("conv2").Forward(x),
            ["Conv2d", "BatchNorm2d", "Conv2d", "Add"]),
        ["a norm added to itself"] = ((layer, x) =>
        {
            x = layer("norm1").Forward(layer("conv1").Forward(x));
            return layer("relu").Forward(x + x);
        }, ["Conv2d", "BatchNorm2d", "Add + ReLU"]),
        ["a ReLU of a norm that is read again"] = ((layer, x) =>
        {
            x = layer("norm1").Forward(layer("conv1").Forward(x));
            return layer("relu").Forward(x) + x;
        }, ["Conv2d", "BatchNorm2d", "ReLU", "Add"]),
        ["a sum with a norm that reads its ReLU"] = ((layer, x) =>
        {
            x = layer("norm1").Forward(layer("conv1").Forward(x));
            return layer("norm2").Forward(layer("conv2").Forward(layer("relu").Forward(x))) + layer("relu").Forward(layer("norm3").Forward(layer("conv3").Forward(x)));
        }, ["Conv2d", "BatchNorm2d", "ReLU", "Conv2d", "BatchNorm2d", "Conv2d", "BatchNorm2d + ReLU", "Add"]),
        ["squeeze-and-excitation of a norm"] = ((layer, x) => layer("se").Forward(layer("norm1").Forward(layer("conv1").Forward(x))), ["Conv2d", "BatchNorm2d + Mul"]),
        ["squeeze-and-excitation in a residual block"] = ((layer, x) =>
        {
            x = layer("relu").Forward(layer("norm1").Forward(layer("conv1").Forward(x)));
            return layer("relu").Forward(layer("se").Forward(layer("norm2").Forward(layer("conv2").Forward(x))) + x);
        }, ["Conv2d", "BatchNorm2d + ReLU", "Conv2d", "BatchNorm2d + Mul + Add + ReLU"]),
        ["squeeze-and-excitation in a block that ends a network's first part"] = ((layer, x) =>
        {
            x = layer("relu").Forward(layer("se").Forward(layer("norm1").Forward(layer("conv1").Forward(x))) + x);
            return layer("norm2").Forward(layer("conv2").Forward(x)) + layer("norm3").Forward(layer("conv3").Forward(x));
        }, ["Conv2d", "BatchNorm2d + Mul + Add + ReLU", "Conv2d", "Conv2d", "BatchNorm2d + BatchNorm2d + Add"]),
        ["squeeze-and-excitation and a shortcut with a norm"] = ((layer, x) =>
            layer("relu").Forward(layer("se").Forward(layer("norm1").Forward(layer("conv1").Forward(x))) + layer("norm2").Forward(layer("conv2").Forward(x))),
            ["Conv2d", "BatchNorm2d + Mul", "Conv2d", "BatchNorm2d + Add + ReLU"]),
        ["a shortcut with a norm and squeeze-and-excitation"] = ((layer, x) =>
        {
            Value shortcut = layer("norm2").Forward(layer("conv2").Forward(x));
            return layer("relu").Forward(layer("se").Forward(layer("norm1").Forward(layer("conv1").Forward(x))) + shortcut);
        }, ["Conv2d", "BatchNorm2d", "Conv2d", "BatchNorm2d + Mul + Add + ReLU"]),
        ["a gate with two readers of the means"] = ((layer, x) =>
        {
            x = layer("norm1").Forward(layer("conv1").Forward(x));
            Value means = layer("pool").Forward(x);
            return x * (layer("conv2").Forward(means) + means);
        }, ["Conv2d", "BatchNorm2d + Mul"]),
        ["a gate that reads the means in two formats"] = ((layer, x) =>
        {
            x = layer("norm1").Forward(layer("conv1").Forward(x));
            Value means = layer("pool").Forward(x);
            return x * (layer("sigmoid").Forward(means) * layer("channels").Forward(means));
        }, ["Conv2d", "BatchNorm2d + Mul"]),
        ["a gate of a norm that is read again"] = ((layer, x) =>
        {
            x = layer("norm1").Forward(layer("conv1").Forward(x));
            return layer("se").Forward(x) + x;
        }, ["Conv2d", "BatchNorm2d", "AdaptiveAvgPool2d", "Conv2d", "ReLU", "Conv2d", "Sigmoid", "Mul", "Add"]),
        ["factors that are read again"] = ((layer, x) =>
        {
            x = layer("norm1").Forward(layer("conv1").Forward(x));
            Value factors = layer("sigmoid").Forward(layer("pool").Forward(x));
            return layer("pool").Forward(x * factors) + factors;
        }, ["Conv2d", "BatchNorm2d", "AdaptiveAvgPool2d", "Sigmoid", "Mul", "AdaptiveAvgPool2d", "Add"]),
        ["a norm scaled by its own means"] = ((layer, x) =>
        {
            x = layer("norm1").Forward(layer("conv1").Forward(x));
            return x * layer("pool").Forward(x);
        }, ["Conv2d", "BatchNorm2d", "AdaptiveAvgPool2d", "Mul"]),
    };

    private static IEnumerable<string> Names => Cases.Keys;

    [Test]
    public void ThePassesPreserveTheResult([ValueSource(nameof(Names))] string name, [Values] Precision precision)
    {
        (Func<Func<string, Module>, Value, Value> forward, string[] fused) = Cases[name];
        Module module = new Net(forward);
        RandomNetwork.Randomize(module, new TorchGenerator(2));
        Tensor input = Kinks.InputFarFrom(module, Input);
        Graph graph = module.Trace(Input);
        PlanGraph after = PlanGraph.From(graph, PlanPurpose.Training);
        FuseGates.Apply(after);
        FuseNorms.Apply(after);
        Assert.That(after.Nodes.Select(node => node.Title), Is.EqualTo(fused));
        double relative = TrainingTolerance.Relative(graph, Precision.Exact); // the convolutions are the same; only rounding differs
        foreach ((float[] expected, float[] actual) in Run(graph, fuses: false, module, input, precision).Zip(Run(graph, fuses: true, module, input, precision)))
        {
            double[] exact = Array.ConvertAll(expected, value => (double)value);
            double largest = Math.Max(exact.Max(Math.Abs), 1); // the gradient of a convolution's bias before a batch norm is only rounding
            Agreement.AssertClose(actual, exact, relative * largest, name);
        }
    }

    /// <summary>The output, then the gradient of each parameter.</summary>
    private static List<float[]> Run(Graph graph, bool fuses, Module module, Tensor input, Precision precision)
    {
        GradientSet gradients = new(module.Parameters());
        TrainingProgram program = TrainingProgram.TryCompile(graph, new ExecutionOptions { Precision = precision, Threads = 1 }, gradients, out string? reason, fuses: fuses)
            ?? throw new AssertionException($"{reason}");
        Tensor weights = Tensor.Uniform([program.Output.Length], new TorchGenerator(3), -1, 1);
        program.Run(input.ReadOnlySpan, () => weights.ReadOnlySpan.CopyTo(program.OutputGradient), accumulates: false);
        return [program.Output.ToArray(), .. gradients.Parameters.Select(parameter => gradients[parameter].ToArray())];
    }

    /// <summary>Three convolutions, each with a norm, and layers without order; the forward pass uses any of them.</summary>
    private sealed class Net : Module
    {
        private readonly Func<Func<string, Module>, Value, Value> _forward;
        private readonly Dictionary<string, Module> _layers = [];

        public Net(Func<Func<string, Module>, Value, Value> forward)
        {
            _forward = forward;
            TorchGenerator generator = new(1);
            for (int i = 1; i <= 3; i++)
            {
                Add($"conv{i}", new Conv2d(20, 20, i == 2 ? 1 : 3, padding: i == 2 ? 0 : 1, generator: generator));
                Add($"norm{i}", new BatchNorm2d(20));
            }
            Add("relu", new ReLU());
            Add("se", new SqueezeExcitation(20, 2, generator));
            Add("pool", new AdaptiveAvgPool2d(1));
            Add("sigmoid", new Sigmoid());
            Add("channels", new ChannelConv1d(3, generator: generator));
        }

        protected override Value ForwardCore(Value input) => _forward(name => _layers[name], input);

        private void Add(string name, Module layer) => _layers.Add(name, Register(name, layer));
    }
}
