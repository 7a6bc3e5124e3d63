using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training;

namespace ResNetManaged.Tests.Plans.Training;

/// <summary>The result of a training step with the loss sum(weights * output): the output, all gradients, and the updated buffers.</summary>
/// <param name="Output">The network's output.</param>
/// <param name="Gradients">By the parameters' paths; zeros for one that the network does not use.</param>
/// <param name="Buffers">By their paths.</param>
internal sealed record StepResult(float[] Output, OrderedDictionary<string, float[]> Gradients, OrderedDictionary<string, float[]> Buffers)
{
    private const string BatchCount = "num_batches_tracked";

    /// <summary>The reference, node by node on plain tensors. Restores the module's buffers.</summary>
    public static StepResult OnTape(Module module, Tensor input, Tensor weights) => KeepingBuffers(module, () =>
    {
        GradientTape tape = GradientTape.Record(module.Trace(input.Shape), input, ExecutionOptions.Default);
        ParameterGradients gradients = new();
        tape.Backward(weights, gradients);
        return (tape.Output.ReadOnlySpan.ToArray(), parameter => gradients[parameter] is { } gradient ? gradient.ReadOnlySpan : new float[parameter.Shape.ElementCount]);
    });

    /// <summary>The plan under test. Restores the module's buffers.</summary>
    public static StepResult OnPlan(TrainingPlan plan, Module module, Tensor input, Tensor weights, bool accumulate = false) => KeepingBuffers(module, () =>
    {
        float[] result = [];
        plan.Run(input, (output, gradient) =>
        {
            result = output.ToArray();
            weights.ReadOnlySpan.CopyTo(gradient);
            return 0;
        }, accumulate);
        return (result, parameter => plan.Gradients[parameter]);
    });

    /// <summary>Creates the plan of a module and asserts that it does not need the tape.</summary>
    public static TrainingPlan Compile(Module module, Shape input, ExecutionOptions? options = null)
    {
        TrainingPlan plan = new(module, input, options);
        Assert.That(plan.Describe(), Does.Not.StartWith("gradient tape"));
        return plan;
    }

    /// <summary>
    /// Asserts that every number is within a tolerance relative to the largest of its layer, because the gradient of a bias before a batch norm is only
    /// rounding.
    /// </summary>
    /// <returns>The largest error as a share of the tolerance.</returns>
    public double AssertClose(StepResult expected, double relative, string what)
    {
        double worst = Compare(Output, expected.Output, relative * Largest(expected.Output), $"{what}, output");
        worst = Math.Max(worst, Compare(Gradients, expected.Gradients, relative, $"{what}, gradient of"));
        return Math.Max(worst, Compare(Buffers, expected.Buffers, relative, $"{what}, buffer"));
    }

    /// <summary>Asserts that all bits are equal.</summary>
    public void AssertSameBits(StepResult expected, string what)
    {
        Close.AssertSameBits(Output, expected.Output, $"{what}, output");
        foreach ((string path, float[] values) in expected.Gradients) Close.AssertSameBits(Gradients[path], values, $"{what}, gradient of {path}");
        foreach ((string path, float[] values) in expected.Buffers) Close.AssertSameBits(Buffers[path], values, $"{what}, buffer {path}");
    }

    private delegate ReadOnlySpan<float> GradientOf(Parameter parameter);

    private static StepResult KeepingBuffers(Module module, Func<(float[] Output, GradientOf Gradient)> step)
    {
        (StateTensor Buffer, Tensor Value)[] before = [.. module.NamedBuffers().Select(entry => (entry.Buffer, entry.Buffer.Value.Clone()))];
        (float[] output, GradientOf gradientOf) = step();
        OrderedDictionary<string, float[]> gradients = [], buffers = [];
        foreach ((string path, Parameter parameter) in module.NamedParameters())
            if (parameter.RequiresGrad) gradients.Add(path, gradientOf(parameter).ToArray());
        foreach ((string path, StateTensor buffer) in module.NamedBuffers()) buffers.Add(path, buffer.Value.ReadOnlySpan.ToArray());
        foreach ((StateTensor buffer, Tensor value) in before) buffer.Value = value;
        return new StepResult(output, gradients, buffers);
    }

    private static double Compare(OrderedDictionary<string, float[]> actual, OrderedDictionary<string, float[]> expected, double relative, string what)
    {
        Assert.That(actual.Keys, Is.EqualTo(expected.Keys));
        double worst = 0;
        foreach (IGrouping<string, KeyValuePair<string, float[]>> layer in expected.GroupBy(entry => entry.Key[..(entry.Key.LastIndexOf('.') + 1)]))
        {
            double largest = layer.Where(entry => !IsCount(entry.Key)).Select(entry => Largest(entry.Value)).DefaultIfEmpty().Max();
            foreach ((string path, float[] values) in layer)
                worst = Math.Max(worst, Compare(actual[path], values, IsCount(path) ? 0 : relative * largest, $"{what} {path}"));
        }
        return worst;
    }

    private static double Compare(float[] actual, float[] expected, double tolerance, string what)
    {
        Agreement.AssertClose(actual, Array.ConvertAll(expected, value => (double)value), tolerance, what);
        return tolerance == 0 ? 0 : actual.Zip(expected, (a, e) => Math.Abs((double)a - e)).DefaultIfEmpty().Max() / tolerance;
    }

    private static bool IsCount(string path) => path.EndsWith(BatchCount, StringComparison.Ordinal);

    private static double Largest(float[] values) => values.Length == 0 ? 0 : values.Max(value => Math.Abs((double)value));
}
