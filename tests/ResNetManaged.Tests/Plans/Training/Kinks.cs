using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Graphs.Operations.Activations;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Plans.Training;

/// <summary>Inputs at which rounding alone would change a gradient: a ReLU of almost 0, or a window whose two largest numbers are almost equal.</summary>
internal static class Kinks
{
    /// <summary>Several times the rounding error of a network's activations, which are near 1, including Winograd's.</summary>
    public const double SmallestDistance = 2e-5;

    private const ulong MostSeeds = 200;

    /// <summary>Random numbers from -1 to 1 that keep all ReLUs and windows away from their kinks.</summary>
    /// <param name="module">The module; its buffers are not changed.</param>
    /// <param name="shape">The input's shape.</param>
    /// <param name="distance">The smallest distance.</param>
    public static Tensor InputFarFrom(Module module, Shape shape, double distance = SmallestDistance)
    {
        (StateTensor Buffer, Tensor Value)[] before = [.. module.NamedBuffers().Select(entry => (entry.Buffer, entry.Buffer.Value.Clone()))];
        Graph graph = module.Trace(shape);
        for (ulong seed = 0; seed < MostSeeds; seed++)
        {
            Tensor input = Tensor.Uniform(shape, new TorchGenerator(seed), -1, 1);
            double actual = Distance(graph, input);
            foreach ((StateTensor buffer, Tensor value) in before) buffer.Value = value.Clone();
            if (actual >= distance) return input;
        }
        throw new AssertionException($"None of {MostSeeds} inputs stays {distance} away from all kinks.");
    }

    private static double Distance(Graph graph, Tensor input)
    {
        Dictionary<Value, Tensor> values = new() { [graph.Input] = input };
        double distance = double.PositiveInfinity;
        foreach (Node node in graph.Nodes)
        {
            Tensor[] inputs = [.. node.Inputs.Select(value => values[value])];
            Tensor output = values[node.Output] = Tensor.Uninitialized(node.Output.Shape);
            if (node.Operation.IsReshape) inputs[0].ReadOnlySpan.CopyTo(output.Span);
            else node.Operation.Execute(inputs, output, ExecutionOptions.Default);
            foreach (float kink in KinksOf(node.Operation))
                foreach (float value in inputs[0].ReadOnlySpan) distance = Math.Min(distance, Math.Abs(value - kink));
            if (node.Operation is MaxPool2dOperation pool)
                distance = Math.Min(distance, LeastLead(pool.Geometry(inputs[0].Shape), inputs[0].ReadOnlySpan));
        }
        return distance;
    }

    /// <summary>The points at which the derivative of an elementwise function jumps.</summary>
    private static float[] KinksOf(Operation operation) => operation switch
    {
        ReluOperation or LeakyReluOperation or PreluOperation or EluOperation => [0f],
        ClippedLineOperation { Function: var line } => [-line.Beta / line.Alpha, (1 - line.Beta) / line.Alpha],
        ClipOperation { Function: var clip } => [clip.Smallest, clip.Largest],
        HardsigmoidOperation or HardswishOperation => [-3f, 3f],
        _ => [],
    };

    /// <summary>The smallest lead of a window's largest number over the second largest; windows of zeros, which come from a ReLU, do not count.</summary>
    private static double LeastLead(PoolGeometry pool, ReadOnlySpan<float> input)
    {
        double least = double.PositiveInfinity;
        for (int plane = 0; plane < pool.Planes; plane++)
            for (int top = 0; top < pool.Output.Height; top++)
                for (int left = 0; left < pool.Output.Width; left++)
                {
                    float first = float.NegativeInfinity, second = float.NegativeInfinity;
                    for (int i = 0; i < pool.Kernel.Area; i++)
                    {
                        int h = top * pool.Stride.Height - pool.Padding.Top + i / pool.Kernel.Width;
                        int w = left * pool.Stride.Width - pool.Padding.Left + i % pool.Kernel.Width;
                        if ((uint)h >= (uint)pool.Input.Height || (uint)w >= (uint)pool.Input.Width) continue;
                        float value = input[(plane * pool.Input.Height + h) * pool.Input.Width + w];
                        (first, second) = value > first ? (value, first) : (first, Math.Max(second, value));
                    }
                    if (first != 0) least = Math.Min(least, first - second);
                }
        return least;
    }
}
