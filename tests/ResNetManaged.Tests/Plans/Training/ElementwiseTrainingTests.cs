using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Kernels.Threading;

namespace ResNetManaged.Tests.Plans.Training;

/// <summary>Training plans of activation functions, products and concatenations match the gradient tape.</summary>
public sealed class ElementwiseTrainingTests
{
    private const ulong Seed = 31;

    private static IEnumerable<string> Names => ElementwiseModules.Cases.Keys;

    [Test]
    public void MatchesTheTape([ValueSource(nameof(Names))] string name,
        [ValueSource(typeof(SimdDispatch), nameof(SimdDispatch.Accelerated))] SimdPath path) =>
        Compare(name, new ExecutionOptions { Simd = path, Threads = 2 }, _ => true);

    [Test]
    public void MatchesTheTapeWithEverySecondParameterFrozen([ValueSource(nameof(Names))] string name, [Values(0, 1)] int first) =>
        Compare(name, new ExecutionOptions { Threads = 2 }, i => i % 2 == first);

    [TestCaseSource(nameof(Names))]
    public void ThreadCountDoesNotChangeResults(string name)
    {
        (Module module, Tensor input) = Prepare(name);
        Tensor weights = Tensor.Uniform(module.Trace(input.Shape).Output.Shape, new TorchGenerator(Seed), -1, 1);
        StepResult OnThreads(int threads)
        {
            using TeamBudget budget = new(threads);
            return StepResult.OnPlan(StepResult.Compile(module, input.Shape, new ExecutionOptions { Threads = threads }), module, input, weights);
        }
        StepResult one = OnThreads(1);
        foreach (int threads in (int[])[2, 3]) OnThreads(threads).AssertSameBits(one, $"{name}, {threads} threads");
    }

    private static void Compare(string name, ExecutionOptions options, Func<int, bool> isTrained)
    {
        (Module module, Tensor input) = Prepare(name);
        foreach ((int i, Parameter parameter) in module.Parameters().Index()) parameter.RequiresGrad = isTrained(i);
        Graph graph = module.Trace(input.Shape);
        Tensor weights = Tensor.Uniform(graph.Output.Shape, new TorchGenerator(Seed), -1, 1);
        StepResult expected = StepResult.OnTape(module, input, weights);
        StepResult actual = StepResult.OnPlan(StepResult.Compile(module, input.Shape, options), module, input, weights);
        double worst = actual.AssertClose(expected, TrainingTolerance.Relative(graph, options.Precision), $"{name}, {options.Simd}");
        TestContext.Out.WriteLine($"largest error / tolerance {worst:F3}");
    }

    private static (Module Module, Tensor Input) Prepare(string name)
    {
        (Func<TorchGenerator, Module> create, Shape input) = ElementwiseModules.Cases[name];
        Module module = create(new TorchGenerator(Seed));
        return (module, Kinks.InputFarFrom(module, input));
    }
}
