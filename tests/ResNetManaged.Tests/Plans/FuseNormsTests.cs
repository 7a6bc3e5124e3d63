using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Plans;
using ResNetManaged.Plans.Execution;
using ResNetManaged.Plans.Lowering.Fusion;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Plans.Training;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Tests.Plans;

/// <summary>The pass preserves the result and fuses only permitted nodes.</summary>
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
    };

    private static IEnumerable<string> Names => Cases.Keys;

    [Test]
    public void ThePassPreservesTheResult([ValueSource(nameof(Names))] string name, [Values] Precision precision)
    {
        (Func<Func<string, Module>, Value, Value> forward, string[] fused) = Cases[name];
        Module module = new Net(forward);
        RandomNetwork.Randomize(module, new TorchGenerator(2));
        Tensor input = Kinks.InputFarFrom(module, Input);
        Graph graph = module.Trace(Input);
        PlanGraph after = PlanGraph.From(graph, PlanPurpose.Training);
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

    /// <summary>Three convolutions, each with a norm, and a ReLU; the forward pass uses any of them.</summary>
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
        }

        protected override Value ForwardCore(Value input) => _forward(name => _layers[name], input);

        private void Add(string name, Module layer) => _layers.Add(name, Register(name, layer));
    }
}
