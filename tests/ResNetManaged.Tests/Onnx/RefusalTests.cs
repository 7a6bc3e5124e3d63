using NUnit.Framework;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Onnx;

/// <summary>Models that cannot be read: one sentence names the node, what it has and what was expected.</summary>
public sealed class RefusalTests
{
    private static ModelBuilder Start(long opset = 17) => new ModelBuilder(opset).Input("x", -1, 3, 8, 8).Output("y");

    private static readonly (string Name, Func<ModelBuilder> Model, string[] Said)[] Refusals =
    [
        ("an operator that is not supported", () => Start(16).Node("RoiAlign", "x", "y"),
            ["'y' is the operator RoiAlign of domain 'ai.onnx', opset 16", "docs/onnx.md"]),
        ("another domain", () => Start().Node("local:Fused", "x", "y"), ["operator Fused of domain 'local', opset 1"]),
        ("a newer opset", () => Start(99).Node("Relu", "x", "y"), ["opset 99", "7 to 25"]),
        ("an ancient operator", () => Start(6).Node("Add", "x x", "y", ("broadcast", 1)), ["opset 6"]),
        ("a cycle", () => Start().Node("Add", "x b", "a").Node("Relu", "a", "b").Node("Add", "a b", "y"), ["depends on its own output"]),
        ("a node that reads its output", () => Start().Node("Add", "x y", "y"), ["depends on its own output"]),
        ("a missing value", () => Start().Node("Add", "x nothing", "y"), ["reads 'nothing', which nothing computes"]),
        ("no inputs", () => new ModelBuilder().Output("y").Floats("a", [1], 1).Node("Relu", "a", "y"), ["has 0 inputs"]),
        ("two inputs", () => Start().Input("z", 1).Node("Add", "x z", "y"), ["has 2 inputs: 'x', 'z'"]),
        ("no outputs", () => new ModelBuilder().Input("x", -1, 3, 8, 8).Node("Relu", "x", "y"), ["has no output"]),
        ("an output that nothing computes", () => Start().Node("Relu", "x", "z"), ["'y' is the output, and nothing computes it"]),
        ("a value computed twice", () => Start().Node("Relu", "x", "y").Node("Sigmoid", "x", "y"), ["computes 'y', which is there already"]),
        ("a tensor given twice", () => Start().Floats("a", [1], 1).Floats("a", [1], 2).Node("Add", "x a", "y"), ["'a' is there twice as an initializer"]),
        ("a name with control characters", () => Start().Node("Foo\u001b[31m\nBar", "x", "y"), ["operator Foo?[31m?Bar of domain"]),
        ("control flow", () => Start().Node("Relu", "x", "y", ("body", new ModelBuilder())), ["has a graph as its attribute 'body'"]),
        ("filters of other channels", () => Start().Floats("k", [1, 2, 1, 1], 1, 2).Node("Conv", "x k", "y"), ["[1, 3, 8, 8]",
            "expected 2 channels"]),
        ("a wrong number of elements", () => Start().Floats("k", [1, 3, 1, 1], 1, 2).Node("Conv", "x k", "y"), ["'k' has 8 bytes", "expected 12"]),
        ("a negative size", () => Start().Add(graph => graph.Message(5, tensor =>
        {
            tensor.Integer(1, -1);
            tensor.Text(8, "k");
        })).Node("Conv", "x k", "y"), ["has size -1"]),
        ("shapes that do not broadcast", () => Start().Floats("a", [5], 1, 2, 3, 4, 5).Node("Add", "x a", "y"), ["'y'",
            "expected shapes that broadcast"]),
        ("a reshape to other elements", () => Start().Integers("s", 0, 7).Node("Reshape", "x s", "y"), ["reshapes [1, 3, 8, 8] to [1, 7]"]),
        ("an attribute of another type", () => Start().Node("LeakyRelu", "x", "y", ("alpha", "text")), ["attribute 'alpha' of another type"]),
        ("a node without inputs", () => Start().Node("Relu", "", "y"), ["'y'"]),
        ("an input that is not images", () => new ModelBuilder().Input("x", -1, 10).Output("y")
            .Node("Relu", "x", "y"), ["'x' is an input of 2 dimensions"]),
        ("an input of bytes", () => new ModelBuilder().BytesInput("x", -1, 3, 8, 8).Output("y").Node("Relu", "x", "y"), ["'x' is an input of UInt8", "expected float32"]),
        ("a known output", () => Start().Floats("a", [1], 1).Node("Relu", "a", "y"), ["network of images"]),
        ("sparse tensors", () => Start().Add(graph => graph.Message(15, _ => { })).Node("Relu", "x", "y"), ["sparse"]),
        ("another version of the format", () => new ModelBuilder(17, irVersion: 14).Input("x", -1, 3, 8, 8).Output("y")
            .Node("Relu", "x", "y"), ["IR version 14", "3 to 13"]),
        ("another batch than the input's", () => Start().Integers("s", 2, 3, 8, 8).Node("Expand", "x s", "y"), ["'y' has shape [2, 3, 8, 8] for 1 images",
            "expected a row for each image"]),
        ("no batch", () => Start().Node("ReduceSum", "x", "y", ("keepdims", 0)), ["'y' has shape [] for 1 images"]),
        ("an output that is the input", () => new ModelBuilder().Input("x", -1, 3, 8, 8).Output("x").Node("Relu", "x", "y"), ["'x' is the output and the input"]),
        ("a cast to no type", () => Start().Node("Cast", "x", "y", ("to", 99)), ["casts to the type 99"]),
        ("a cast to text", () => Start().Node("Cast", "x", "y", ("to", 8)), ["casts to the type 8"]),
        ("a remainder of zero", () => Start().Integers("a", 1, 2).Integers("b", 0, 1).Node("Mod", "a b", "c").Node("Cast", "c", "d", ("to", 1))
            .Node("ReduceSum", "d", "e").Node("Add", "x e", "y"), ["divides by zero"]),
        ("a remainder of floats without fmod", () => Start().Floats("a", [1], 2).Node("Mod", "x a", "y"), ["fmod 0"]),
        ("padding of a whole window", () => Start().Node("MaxPool", "x", "y", ("kernel_shape", new[] { 2, 2 }), ("pads", new[] { 2, 0, 0, 0 })),
            ["pads by [2, 0, 0, 0] for windows [2, 2]"]),
        ("a kernel that its filters have not", () => Start().Floats("k", [1, 3, 1, 1], 1, 2, 3)
            .Node("Conv", "x k", "y", ("kernel_shape", new[] { 3, 3 })), ["kernel_shape [3, 3]", "its filters [1, 3, 1, 1]"]),
        ("no groups", () => Start().Floats("k", [1, 3, 1, 1], 1, 2, 3).Node("Conv", "x k", "y", ("group", 0)), ["has 0 groups", "at least one"]),
        ("groups beyond 32 bits", () => Start().Floats("k", [1, 3, 1, 1], 1, 2, 3).Node("Conv", "x k", "y", ("group", (1L << 32) + 1)), ["has 4294967297 groups"]),
        ("an input beyond 32 bits", () => new ModelBuilder().Output("y").Add(graph => graph.Message(11, info =>
        {
            info.Text(1, "x");
            info.Message(2, type => type.Message(1, tensor => tensor.Message(2, shape => shape.Message(1, dimension => dimension.Integer(1, 1L << 40)))));
        })).Node("Relu", "x", "y"), ["of size 1099511627776", "expected at most 2147483647"]),
        ("a tensor beyond 32 bits", () => Start().Add(graph => graph.Message(5, tensor =>
        {
            tensor.Integer(1, 1L << 40);
            tensor.Text(8, "k");
        })).Node("Conv", "x k", "y"), ["has size 1099511627776 in dimension 0", "expected 0 to 2147483647"]),
        ("training", () => Start().Floats("one", [3], 1, 1, 1).Node("BatchNormalization", "x one one one one", "y", ("training_mode", 1)),
            ["statistics of a batch"]),
    ];

    private static IEnumerable<string> Names => Refusals.Select(refusal => refusal.Name);

    [TestCaseSource(nameof(Names))]
    public void TheErrorNamesTheFault(string name)
    {
        (_, Func<ModelBuilder> model, string[] said) = Refusals.Single(refusal => refusal.Name == name);
        CheckpointException error = Assert.Throws<CheckpointException>(() => model().Read())!;
        Assert.That(error.Message, Does.StartWith("ONNX model 'stream': ").And.Not.Contain('\n'));
        foreach (string part in said) Assert.That(error.Message, Does.Contain(part));
    }

    [TestCase(1, 4, 8, 8)]
    [TestCase(1, 3, 1, 1)]
    public void AWrongInputIsAShapeMismatchOrNamesTheNode(params int[] shape)
    {
        ModelBuilder model = Start().Floats("k", [1, 3, 3, 3], new float[27]).Node("Conv", "x k", "y");
        Exception error = Assert.Catch(() => model.Read().Forward(Tensor.Zeros(Shape.Create(shape))))!;
        Assert.That(error, Is.InstanceOf<ShapeMismatchException>().Or.InstanceOf<CheckpointException>());
        Assert.That(error.Message, Does.Contain("[" + string.Join(", ", shape)).Or.Contain("'y'"));
    }
}
