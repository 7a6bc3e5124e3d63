using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Layers;
using ResNetManaged.Layers.Activations;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Graphs;

public sealed class GraphTests
{
    [Test]
    public void AForwardPassMustReturnAValueFromItsOwnGraph()
    {
        Value foreign = Graph.Trace([1], value => value).Input;
        Assert.That(() => Graph.Trace([1], _ => foreign), Throws.ArgumentException.With.Message.StartsWith(
            "Graph: the forward pass returned a value of another graph; expected one made from its input."));
        Assert.That(() => Graph.Trace([1], _ => null!), Throws.ArgumentException.With.Message.StartsWith(
            "Graph: the forward pass returned null; expected one made from its input."));
    }

    [Test]
    public void AModuleThatReturnsNullIsNamedInTheError() => Assert.That(() => new Custom(_ => null!).Trace([1]),
        Throws.InvalidOperationException.With.Message.EqualTo("Custom: ForwardCore returned null; expected a value."));

    [Test]
    public void AnUnregisteredModuleAddsNothingToThePath()
    {
        ReLU loose = new();
        Graph graph = new Sequential(new Custom(value => loose.Forward(value))).Trace([1]);
        Assert.That(graph.Nodes.Single().ModulePath, Is.EqualTo("0"));
    }

    [Test]
    public void TheErrorForAnOutputTooLargeForAnArrayNamesTheLayer()
    {
        const string TooLarge = "more elements than an array can hold";
        Assert.That(() => new Sequential(new AdaptiveAvgPool2d(100_000)).Trace([1, 1, 2, 2]),
            Throws.TypeOf<ShapeMismatchException>().With.Message.StartsWith("AdaptiveAvgPool2d '0': ").And.Message.Contains(TooLarge));
        Assert.That(() => new Sequential(new Linear(1, 100_000)).Trace([100_000, 1]),
            Throws.TypeOf<ShapeMismatchException>().With.Message.StartsWith("Linear '0': ").And.Message.Contains(TooLarge));
    }

    [Test]
    public void FlatteningWithAZeroDimensionDoesNotOverflow()
    {
        Assert.That(new Flatten().Trace([0, 1000, 1000]).Output.Shape, Is.EqualTo(Shape.Create(0, 1_000_000)));
        Assert.That(new Flatten(0).Trace([100_000, 100_000, 0]).Output.Shape, Is.EqualTo(Shape.Create(0)));
        Assert.That(() => new Flatten().Trace([0, 100_000, 100_000]), Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "Flatten: input [0, 100000, 100000] joins to a size of more than 2147483647."));
    }

    [Test]
    public void OptionAWithAHugeStrideTakesOnePixel() => Assert.That(
        new ZeroPadShortcut(1, 1, int.MaxValue).Trace([1, 1, 4, 4]).Output.Shape, Is.EqualTo(Shape.Create(1, 1, 1, 1)));

    [Test]
    public void ErrorsForIncompatibleShapesNameTheShapes()
    {
        AdaptiveAvgPool2d pool = new((1, 2));
        Assert.That(() => new Custom(x => x * pool.Forward(x)).Trace([2, 3, 4, 5]), Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "Mul: got [2, 3, 4, 5] and [2, 3, 1, 2]; expected two equal shapes, or [N, C, H, W] and [N, C, 1, 1]."));
        Assert.That(() => new Custom(x => Value.Concat(x, pool.Forward(x))).Trace([2, 3, 4, 5]), Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "Concat: got [2, 3, 4, 5] and [2, 3, 1, 2]; expected shapes that differ only in dimension 1."));
        Assert.That(() => new Custom(x => Value.Concat(x.Flatten())).Trace([2, 3]), Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "Concat: input [6] has 1 dimensions; expected at least 2, [N, C, ...]."));
        Assert.That(() => Value.Concat(), Throws.ArgumentException.With.Message.StartsWith("Concat: got no values; expected at least one."));
        Assert.That(() => new Sequential(new PReLU(3)).Trace([2, 4]), Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            "PReLU '0': input [2, 4] does not have 3 channels in dimension 1, which weight [3] expects."));
    }

    [Test]
    public void ConcatenationAddsTheChannelCounts() => Assert.That(
        new Custom(x => Value.Concat(x, x, x)).Trace([2, 3, 4, 5]).Output.Shape, Is.EqualTo(Shape.Create(2, 9, 4, 5)));

    private sealed class Custom(Func<Value, Value> forward) : Module
    {
        protected override Value ForwardCore(Value input) => forward(input);
    }
}
