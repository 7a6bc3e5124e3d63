using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Layers.State;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Layers;

public sealed class ModuleTests
{
    [Test]
    public void PathsJoinTheNamesOfNestedModules()
    {
        Sequential module = new(new Conv2d(3, 4, 1), new Sequential(new BatchNorm2d(4)));
        Assert.That(module.NamedModules().Select(entry => entry.Path), Is.EqualTo(new[] { "", "0", "1", "1.0" }));
        Assert.That(module.NamedParameters().Select(entry => entry.Path), Is.EqualTo(new[] { "0.weight", "0.bias", "1.0.weight", "1.0.bias" }));
        Assert.That(module.NamedBuffers().Select(entry => entry.Path),
            Is.EqualTo(new[] { "1.0.running_mean", "1.0.running_var", "1.0.num_batches_tracked" }));
    }

    [Test]
    public void AStateDictListsParametersThenBuffersModuleByModule()
    {
        StateDict state = new Sequential(new BatchNorm2d(2), new Linear(2, 1)).StateDict();
        Assert.That(state.Keys, Is.EqualTo(new[]
        {
            "0.weight", "0.bias", "0.running_mean", "0.running_var", "0.num_batches_tracked", "1.weight", "1.bias",
        }));
    }

    [Test]
    public void LoadingAStateDictReproducesTheOutput()
    {
        Tensor input = Tensor.Uniform([2, 3, 5, 5], new TorchGenerator(1));
        Module left = Small(new TorchGenerator(2)).Eval(), right = Small(new TorchGenerator(3)).Eval();
        Assume.That(left.Forward(input).AllClose(right.Forward(input)), Is.False);
        right.LoadStateDict(left.StateDict());
        Assert.That(right.Forward(input).MaxAbsoluteDifference(left.Forward(input)), Is.Zero);
    }

    [Test]
    public void LoadingReportsMissingAndUnexpectedTensors()
    {
        Linear layer = new(2, 1);
        StateDict state = new();
        state.Add("weight", Tensor.Zeros([1, 2]));
        state.Add("scale", Tensor.Zeros([1]));
        Assert.That(() => layer.LoadStateDict(state), Throws.TypeOf<StateDictMismatchException>().With.Message.EqualTo(
            "'state_dict' does not fit Linear: missing: 'bias'; not expected: 'scale'."));

        StateDictDifference difference = layer.LoadStateDict(state, strict: false);
        Assert.That(difference.Missing, Is.EqualTo(new[] { "bias" }));
        Assert.That(difference.Unexpected, Is.EqualTo(new[] { "scale" }));
        Assert.That(difference.ToString(), Is.EqualTo("missing: [bias]; not expected: [scale]"));
        Assert.That(layer.Weight.Value, Is.SameAs(state["weight"]));
    }

    [Test]
    public void LoadingATensorOfTheWrongShapeChangesNothing([Values] bool strict)
    {
        Linear layer = new(2, 1, generator: new TorchGenerator(1));
        Tensor bias = layer.Bias!.Value;
        StateDict state = new();
        state.Add("bias", Tensor.Ones([1]));
        state.Add("weight", Tensor.Zeros([2, 2]));
        Assert.That(() => layer.LoadStateDict(state, strict), Throws.TypeOf<StateDictMismatchException>().With.Message.Contains(
            "'weight' has shape [2, 2]; the model expects [1, 2]"));
        Assert.That(layer.Bias.Value, Is.SameAs(bias));
    }

    [Test]
    public void OldCheckpointsMayOmitNumBatchesTracked()
    {
        StateDict state = new();
        foreach (string name in new[] { "weight", "bias", "running_mean", "running_var" }) state.Add(name, Tensor.Ones([3]));
        Assert.That(new BatchNorm2d(3).LoadStateDict(state).IsEmpty);
    }

    [Test]
    public void TrainAndEvalReachEverySubmodule()
    {
        Sequential module = Small(null);
        Assert.That(module.NamedModules().All(entry => entry.Module.Training), "training is the default");
        module.Eval();
        Assert.That(module.NamedModules().All(entry => !entry.Module.Training));
        module.Train();
        Assert.That(module.NamedModules().All(entry => entry.Module.Training));
    }

    [Test]
    public void EvaluationChangesNoState()
    {
        BatchNorm2d norm = new(3);
        norm.Eval().Forward(Tensor.Uniform([2, 3, 4, 4], new TorchGenerator(1)));
        Assert.That(norm.NumBatchesTracked!.Value.ToScalar(), Is.Zero);
        Assert.That(norm.RunningMean!.Value.AllClose(Tensor.Zeros([3]), 0, 0));
    }

    [Test]
    public void AWrongInputIsReportedWithTheModulesPath()
    {
        Sequential module = new(new Identity(), new Sequential(new Conv2d(64, 128, 3)));
        Assert.That(() => module.Trace([8, 32, 56, 56]), Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "Conv2d '1.0': input [8, 32, 56, 56] has 32 channels; weight [128, 64, 3, 3] with groups=1 expects 64."));
    }

    [Test]
    public void AnUnknownSubmoduleIsReportedWithItsParentsChildren() =>
        Assert.That(() => Small(null).GetSubmodule("2.conv"), Throws.ArgumentException.With.Message.StartsWith(
            "Module path '2.conv': ReLU has no child 'conv'; it has none."));

    [TestCase("")]
    [TestCase("a.b")]
    [TestCase("taken")]
    public void NamesMustBeUniqueNonEmptyAndWithoutDots(string name) => Assert.That(() => new Twice(name), Throws.ArgumentException);

    [Test]
    public void AModuleCanBeUsedTwice()
    {
        Linear layer = new(2, 2, generator: new TorchGenerator(5));
        Tensor input = Tensor.Ones([1, 2]);
        Sequential twice = new(layer, layer);
        Assert.That(twice.Forward(input).MaxAbsoluteDifference(layer.Forward(layer.Forward(input))), Is.Zero);
        Assert.That(twice.Parameters().Count(), Is.EqualTo(2));
    }

    private static Sequential Small(TorchGenerator? generator) =>
        new(new Conv2d(3, 4, 3, padding: 1, generator: generator), new BatchNorm2d(4), new ReLU());

    private sealed class Twice : Module
    {
        public Twice(string second)
        {
            Register("taken", new Identity());
            Register(second, new Identity());
        }

        protected override Value ForwardCore(Value input) => input;
    }
}
