using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Plans;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Plans.Training;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Plans;

public sealed class InputGradientPlanTests
{
    private static readonly Shape Shape = [2, 5, 8, 8];

    /// <summary>With running statistics and frozen parameters a batch norm needs no sums; with batch statistics it does.</summary>
    [Test]
    public void RunningAndBatchStatisticsGiveTheTapesGradient([Values] bool tracked)
    {
        Sequential module = new(new Conv2d(5, 7, 3, padding: 1), new BatchNorm2d(7, trackRunningStats: tracked), new ReLU(), new Conv2d(7, 4, 1));
        if (tracked) RandomNetwork.Randomize(module, new TorchGenerator(3));
        CheckEqualsTape(module.Eval(), onTape: false);
    }

    [Test]
    public void AGraphWithoutStepsRunsOnTheTape() => CheckEqualsTape(new Sequential(new Conv2d(5, 4, 3), new AdaptiveAvgPool2d(2)).Eval(), onTape: true);

    [Test]
    public void AnotherShapeIsRejected()
    {
        InputGradientPlan plan = new(new Conv2d(5, 4, 3).Eval().Trace(Shape), ExecutionOptions.Default);
        Assert.That(() => plan.Run(Tensor.Zeros([1, 5, 8, 8]), (_, gradient) => gradient.Clear()), Throws.TypeOf<ShapeMismatchException>());
    }

    private static void CheckEqualsTape(Module module, bool onTape)
    {
        Graph graph = module.Trace(Shape);
        Tensor input = Kinks.InputFarFrom(module, Shape), weights = Tensor.Uniform(graph.Output.Shape, new TorchGenerator(2), -1, 1);
        InputGradientPlan plan = new(graph, ExecutionOptions.Default);
        Assert.That(plan.Describe(), onTape ? Does.StartWith("gradient tape") : Does.Not.Contain("tape"));
        Tensor output = Tensor.Zeros(graph.Output.Shape);
        Tensor gradient = plan.Run(input, (values, seed) =>
        {
            values.CopyTo(output.Span);
            weights.ReadOnlySpan.CopyTo(seed);
        });
        GradientTape tape = GradientTape.Record(graph, input, ExecutionOptions.Default);
        double relative = TrainingTolerance.Relative(graph, Precision.Fast);
        AssertClose(output, tape.Output, relative, "output");
        AssertClose(gradient, tape.Backward(weights, new ParameterGradients()), relative, "gradient");
    }

    private static void AssertClose(Tensor actual, Tensor expected, double relative, string what)
    {
        double[] exact = Array.ConvertAll(expected.ReadOnlySpan.ToArray(), value => (double)value);
        Agreement.AssertClose(actual.ReadOnlySpan, exact, relative * exact.Max(Math.Abs), what);
    }
}
