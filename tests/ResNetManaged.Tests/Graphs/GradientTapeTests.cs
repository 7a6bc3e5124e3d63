using NUnit.Framework;
using ResNetManaged.Graphs;
using ResNetManaged.Graphs.Operations;
using ResNetManaged.Layers;
using ResNetManaged.Models;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;
using Linear = ResNetManaged.Layers.Linear;

namespace ResNetManaged.Tests.Graphs;

public sealed class GradientTapeTests
{
    private static readonly float[] Input = [-1, 2, -3, 4], OutputGradient = [1, 10, 100, 1000];

    [Test]
    public void AValueReadSeveralTimesSumsItsGradients() => Check(
        x =>
        {
            Value rectified = Relu(x);
            return rectified + rectified + (x + rectified).Flatten(1);
        },
        [1, 40, 100, 4000]);

    [Test]
    public void AnIdentityGraphReturnsACopyOfTheOutputGradient()
    {
        Tensor given = Tensor.FromSpan(OutputGradient, [1, 4]);
        Tensor gradient = Record(x => x).Backward(given, new ParameterGradients());
        gradient.Span[0] = 9f;
        Assert.That(given[0, 0], Is.EqualTo(1f));
    }

    [Test]
    public void ParametersThatDoNotAffectTheOutputHaveNoGradient()
    {
        Parameter unread = new([4, 4], 1f), read = new([4, 4], 1f);
        ParameterGradients gradients = new();
        Tensor input = Record(x =>
        {
            _ = x.Apply(new LinearOperation(unread, bias: null));
            return x.Apply(new LinearOperation(read, bias: null));
        }).Backward(Tensor.FromSpan(OutputGradient, [1, 4]), gradients);
        Assert.That(gradients[unread], Is.Null);
        Assert.That(gradients[read]![3, 1], Is.EqualTo(2000f));
        Assert.That(input.ReadOnlySpan.ToArray(), Is.All.EqualTo(1111f));
    }

    [Test]
    public void FreezingAParameterRemovesItsGradientAndNoOther()
    {
        Sequential module = new(new Conv2d(2, 3, 3, generator: new TorchGenerator(1)), new BatchNorm2d(3), new ReLU());
        (Tensor input, ParameterGradients all) = Gradients(module, [2, 2, 6, 6]);
        Parameter[] frozen = [((Conv2d)module.GetSubmodule("0")).Weight, ((BatchNorm2d)module.GetSubmodule("1")).Bias!];
        foreach (Parameter parameter in frozen) parameter.RequiresGrad = false;
        (Tensor same, ParameterGradients some) = Gradients(module, [2, 2, 6, 6]);
        Close.AssertSameBits(same.ReadOnlySpan, input.ReadOnlySpan, "input");
        foreach ((string path, Parameter parameter) in module.NamedParameters())
        {
            if (frozen.Contains(parameter)) Assert.That(some[parameter], Is.Null, path);
            else Close.AssertSameBits(some[parameter]!.ReadOnlySpan, all[parameter]!.ReadOnlySpan, path);
        }
    }

    [Test]
    public void BackwardPassesAccumulateParameterGradients()
    {
        Linear layer = new(4, 2, generator: new TorchGenerator(1));
        GradientTape tape = Record(layer.Forward);
        ParameterGradients once = new(), twice = new();
        Tensor gradient = Tensor.FromArray([1, -2], [1, 2]);
        Tensor first = tape.Backward(gradient, once);
        tape.Backward(gradient, twice);
        Tensor last = tape.Backward(gradient, twice);
        Close.AssertSameBits(last.ReadOnlySpan, first.ReadOnlySpan, "the input's gradient is not accumulated");
        foreach (Parameter parameter in layer.Parameters())
        {
            float[] expected = [.. once[parameter]!.ReadOnlySpan.ToArray().Select(value => 2 * value)];
            Close.AssertSameBits(twice[parameter]!.ReadOnlySpan, expected, "twice");
        }
    }

    [Test]
    public void TheForwardPassMatchesTheReferenceExecutorAndUpdatesRunningStatisticsOnce()
    {
        ResNet network = RandomNetwork.Create("cifar_resnet20", mostBlocks: 1).Train(), other = RandomNetwork.Create("cifar_resnet20", mostBlocks: 1).Train();
        Tensor input = Tensor.Uniform([2, 3, 8, 8], new TorchGenerator(2), -1, 1), before = input.Clone();
        GradientTape tape = GradientTape.Record(network.Trace(input.Shape), input, ExecutionOptions.Default);
        tape.Backward(tape.Output.Clone(), new ParameterGradients());
        tape.Backward(tape.Output.Clone(), new ParameterGradients());
        Close.AssertSameBits(tape.Output.ReadOnlySpan, other.ForwardReference(input).ReadOnlySpan, "output");
        Close.AssertSameBits(input.ReadOnlySpan, before.ReadOnlySpan, "input");
        foreach ((string path, StateTensor buffer) in other.NamedBuffers())
            Close.AssertSameBits(network.StateDict()[path].ReadOnlySpan, buffer.Value.ReadOnlySpan, path);
    }

    [TestCase("cifar_resnet20")]
    [TestCase("textbook_resnet50")]
    public void GradientsDoNotDependOnThreads(string variant)
    {
        ResNet network = RandomNetwork.Create(variant, mostBlocks: 1).Train();
        (Tensor one, ParameterGradients ofOne) = Gradients(network, [2, 3, 20, 18], new ExecutionOptions { Threads = 1 });
        (Tensor three, ParameterGradients ofThree) = Gradients(network, [2, 3, 20, 18], new ExecutionOptions { Threads = 3 });
        Close.AssertSameBits(three.ReadOnlySpan, one.ReadOnlySpan, "input");
        foreach ((string path, Parameter parameter) in network.NamedParameters())
        {
            if (ofOne[parameter] is { } gradient) Close.AssertSameBits(ofThree[parameter]!.ReadOnlySpan, gradient.ReadOnlySpan, path);
            else Assert.That(path, Does.Contain("skipconv"), "owned but unused");
        }
    }

    [Test]
    public void AnEmptyBatchHasZeroGradients()
    {
        ResNet network = RandomNetwork.Create("cifar_resnet20", mostBlocks: 1).Train();
        (Tensor input, ParameterGradients gradients) = Gradients(network, [0, 3, 8, 8]);
        Assert.That(input.Shape, Is.EqualTo(Shape.Create(0, 3, 8, 8)));
        foreach ((string path, Parameter parameter) in network.NamedParameters())
            Assert.That(gradients[parameter]!.ReadOnlySpan.ToArray(), Is.All.EqualTo(0f), path);
    }

    [Test]
    public void RejectsShapesThatDifferFromTheGraphs()
    {
        Assert.That(() => GradientTape.Record(Graph.Trace([1, 4], Relu), Tensor.Zeros([4]), ExecutionOptions.Default),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Graph: input [4] differs from the traced shape [1, 4]."));
        Assert.That(() => Record(Relu).Backward(Tensor.Zeros([4]), new ParameterGradients()),
            Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("GradientTape: output gradient [4] differs from the output [1, 4]."));
    }

    private static Value Relu(Value value) => value.Apply(ReluOperation.Instance);

    private static GradientTape Record(Func<Value, Value> forward) =>
        GradientTape.Record(Graph.Trace([1, 4], forward), Tensor.FromSpan(Input, [1, 4]), ExecutionOptions.Default);

    private static void Check(Func<Value, Value> forward, float[] expected) => Assert.That(
        Record(forward).Backward(Tensor.FromSpan(OutputGradient, [1, 4]), new ParameterGradients()).ReadOnlySpan.ToArray(), Is.EqualTo(expected));

    private static (Tensor Input, ParameterGradients Parameters) Gradients(Module module, Shape shape, ExecutionOptions? options = null)
    {
        TorchGenerator generator = new(3);
        GradientTape tape = GradientTape.Record(module.Trace(shape), Tensor.Uniform(shape, generator, -1, 1), options ?? ExecutionOptions.Default);
        ParameterGradients gradients = new();
        return (tape.Backward(Tensor.Uniform(tape.Output.Shape, generator, -1, 1), gradients), gradients);
    }
}
