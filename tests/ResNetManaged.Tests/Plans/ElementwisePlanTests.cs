using NUnit.Framework;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Layers;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Plans;

/// <summary>Plans compute activation functions, products and concatenations on blocks of channels according to their definitions.</summary>
public sealed class ElementwisePlanTests
{
    private static IEnumerable<string> Names => ElementwiseModules.Cases.Keys;

    [Test]
    public void EqualsTheDefinition([ValueSource(nameof(Names))] string name,
        [ValueSource(typeof(SimdDispatch), nameof(SimdDispatch.Accelerated))] SimdPath path)
    {
        (Module module, Tensor input) = Prepare(name);
        Agreement.Check(module, input, path);
    }

    [TestCaseSource(nameof(Names))]
    public void NothingRunsOnPlainTensors(string name)
    {
        (Module module, Tensor input) = Prepare(name);
        Assert.That(module.Compile().PlanFor(input.Shape).ToString(), Does.Not.Contain("reference"));
    }

    [Test]
    public void FunctionsThatMapZeroToZeroAreFusedIntoConvolutions([Values("SiLU", "hard swish", "ReLU6", "leaky ReLU", "SiLU of features", "GELU", "GELU of features", "tanh", "ELU", "Mish")] string name)
    {
        (Module module, Tensor input) = Prepare(name);
        Assert.That(module.Compile().PlanFor(input.Shape).ToString(), Does.Not.Contain("elementwise"));
    }

    [Test]
    public void FunctionsThatMapZeroToAnotherValueAreNotFused([Values("sigmoid", "hard sigmoid", "softplus", "a clipped line", "clipping to a range without zero")] string name)
    {
        (Module module, Tensor input) = Prepare(name);
        Assert.That(module.Compile().PlanFor(input.Shape).ToString(), Does.Contain("elementwise"));
    }

    private static (Module Module, Tensor Input) Prepare(string name)
    {
        (Func<TorchGenerator, Module> create, Shape input) = ElementwiseModules.Cases[name];
        return (create(new TorchGenerator(5)).Eval(), Tensor.Uniform(input, new TorchGenerator(6), -1, 1));
    }
}
