using NUnit.Framework;
using ResNetManaged.Onnx;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Onnx;

/// <summary>What exporters write in ways of their own.</summary>
public sealed class QuirkTests
{
    private static readonly Tensor Picture = Tensor.Uniform([1, 2, 6, 6], new TorchGenerator(1), -1, 1);
    private static readonly Tensor Filters = Tensor.Uniform([3, 2, 3, 3], new TorchGenerator(2), -1, 1);
    private static readonly Tensor Matrix = Tensor.Uniform([4, 3], new TorchGenerator(3), -1, 1);
    private static readonly float[] Bias = [0.5f, -0.25f, 1];

    /// <summary>The plain way to write the network of most tests: Conv, global mean, Gemm.</summary>
    private static float[] Expected(Tensor input) => Body().Node("Flatten", "m", "f").Floats("w", Matrix)
        .Node("Gemm", "f w", "y", ("transB", 1)).Run(input);

    private static ModelBuilder Body(long opset = 17, int batch = -1) => new ModelBuilder(opset).Input("x", batch, 2, 6, 6).Output("y")
        .Floats("k", Filters).Floats("b", [3], Bias)
        .Node("Conv", "x k b", "c", ("pads", (int[])[1, 1, 1, 1])).Node("GlobalAveragePool", "c", "m");

    [Test]
    public void InitializersThatAreInputsTooAreKnown()
    {
        ModelBuilder model = new ModelBuilder(opset: 8, irVersion: 3).Input("k", 3, 2, 3, 3).Input("x", -1, 2, 6, 6).Input("b", 3).Output("y")
            .Floats("k", Filters)
            .Floats("b", [3], Bias).Node("Conv", "x k b", "c", ("pads", (int[])[1, 1, 1, 1])).Node("GlobalAveragePool", "c", "m")
            .Node("Flatten", "m", "f").Floats("w", Matrix).Node("Gemm", "f w", "y", ("transB", 1));
        Assert.That(model.Run(Picture), Is.EqualTo(Expected(Picture)));
    }

    [Test]
    public void LayersMayShareWeightsAndDifferInTheirBias()
    {
        ModelBuilder Two(string filters, string matrix) => Body().Floats("k2", Filters).Floats("b2", [3], 2, 3, 4).Floats("b3", [4], 1, 2, 3, 4)
            .Node("Conv", $"x {filters} b2", "c2", ("pads", (int[])[1, 1, 1, 1])).Node("GlobalAveragePool", "c2", "m2")
            .Node("Add", "m m2", "s").Node("Flatten", "s", "f").Floats("w", Matrix).Floats("w2", Matrix).Floats("b4", [4], 5, 6, 7, 8)
            .Node("Gemm", "f w b3", "g", ("transB", 1)).Node("Gemm", $"f {matrix} b4", "h", ("transB", 1)).Node("Add", "g h", "y");
        Assert.That(Two("k", "w").Run(Picture), Is.EqualTo(Two("k2", "w2").Run(Picture)));
    }

    [Test]
    public void AutoPadWinsOverPadsBesideIt()
    {
        float[] same = Convolved(("auto_pad", "SAME_UPPER"), ("pads", (int[])[0, 0, 0, 0])), valid =
            Convolved(("auto_pad", "VALID"), ("pads", (int[])[1, 1, 1, 1]));
        Assert.That(same, Is.EqualTo(Convolved(("pads", (int[])[1, 1, 1, 1]))));
        Assert.That(valid, Is.EqualTo(Convolved(("pads", (int[])[0, 0, 0, 0]))));
    }

    [TestCase("SAME_UPPER", 0, 1)]
    [TestCase("SAME_LOWER", 1, 0)]
    public void AutoPadOfAnOddNumberOfPixels(string automatic, int before, int after) => Assert.That(
        Convolved(("auto_pad", automatic), ("strides", (int[])[2, 2])),
        Is.EqualTo(Convolved(("pads", (int[])[before, before, after, after]), ("strides", (int[])[2, 2]))));

    [Test]
    public void ABiasMayHaveTheShapeOfChannels()
    {
        ModelBuilder model = new ModelBuilder().Input("x", -1, 2, 6, 6).Output("y").Floats("k", Filters).Floats("b", [3, 1, 1], Bias)
            .Node("Conv", "x k b", "y", ("pads", (int[])[1, 1, 1, 1]));
        Assert.That(model.Run(Picture), Is.EqualTo(Convolved(("pads", (int[])[1, 1, 1, 1]))));
    }

    [Test]
    public void IdentityOfASharedInitializerKeepsItsOwnName()
    {
        OnnxNetwork network = new ModelBuilder().Input("x", -1, 2, 6, 6).Output("y").Floats("bn1.weight", [2], 1, 2).Floats("zero", [2], 0, 0)
            .Floats("one", [2], 1, 1)
            .Node("Identity", "bn1.weight", "bn2.weight").Node("BatchNormalization", "x bn1.weight zero zero one", "a")
            .Node("BatchNormalization", "a bn2.weight zero zero one", "y").Read();
        Assert.That(network.NamedParameters().Select(named => named.Path), Does.Contain("bn1.weight").And.Contain("bn2.weight"));
    }

    [TestCase(13)]
    [TestCase(9)]
    public void AFileOfOneImageRunsThree(int opset)
    {
        ModelBuilder model = Body(opset, batch: 1).Integers("s", 1, -1).Node("Reshape", "m s", "f").Floats("w", Matrix)
            .Node("Gemm", "f w", "y", ("transB", 1));
        Tensor three = Tensor.Uniform([3, 2, 6, 6], new TorchGenerator(4), -1, 1);
        Assert.That(model.Run(three), Is.EqualTo(Expected(three)));
    }

    [Test]
    public void ShapeArithmeticVanishes()
    {
        ModelBuilder model = Body().Node("Shape", "m", "s").Node("Constant", "", "zero", ("value_int", 0)).Node("Gather", "s zero", "n", ("axis", 0))
            .Node("Constant", "", "axes", ("value_ints", (int[])[0])).Node("Unsqueeze", "n axes", "n1")
                .Node("Constant", "", "rest", ("value_ints", (int[])[-1]))
            .Node("Concat", "n1 rest", "shape", ("axis", 0)).Node("Reshape", "m shape", "f").Floats("w", Matrix)
                .Node("Gemm", "f w", "y", ("transB", 1));
        Tensor two = Tensor.Uniform([2, 2, 6, 6], new TorchGenerator(5), -1, 1);
        Assert.That(model.Run(two), Is.EqualTo(Expected(two)));
        Assert.That(model.Read().Trace(two.Shape).Nodes.Select(node => node.Operation.Name), Is.EqualTo(["Conv2d", "AdaptiveAvgPool2d", "Flatten",
            "Linear"]));
    }

    [Test]
    public void ShapeMayHaveAStartAndAnEnd()
    {
        ModelBuilder model = Body().Node("Shape", "m", "n", ("start", 0), ("end", -3)).Node("Constant", "", "rest", ("value_ints", (int[])[-1]))
            .Node("Concat", "n rest", "shape", ("axis", 0)).Node("Reshape", "m shape", "f").Floats("w", Matrix)
                .Node("Gemm", "f w", "y", ("transB", 1));
        Assert.That(model.Run(Picture), Is.EqualTo(Expected(Picture)));
    }

    [Test]
    public void ConstantsMayBeListsOfFloats()
    {
        ModelBuilder model = new ModelBuilder().Input("x", -1, 2, 6, 6).Output("y").Floats("k", Filters)
            .Node("Constant", "", "b", ("value_floats", Bias))
            .Node("Conv", "x k b", "y", ("pads", (int[])[1, 1, 1, 1]));
        Assert.That(model.Run(Picture), Is.EqualTo(Convolved(("pads", (int[])[1, 1, 1, 1]))));
    }

    [Test]
    public void FunctionsOfTheModelAreInlinedWithTheirAttributes()
    {
        ModelBuilder model = new ModelBuilder().Input("x", -1, 2, 6, 6).Output("y").Node("local:Scaled", "x", "y", ("slope", 0.5f))
            .Function("Scaled", "a", "b", ("LeakyRelu", "a", "inner", [("alpha", new ModelBuilder.Reference("slope"))]), ("local:Twice", "inner", "b",
                []))
            .Function("Twice", "a", "b", ("Add", "a a", "b", []));
        float[] expected = Array.ConvertAll(Picture.ReadOnlySpan.ToArray(), x => 2 * (x < 0 ? 0.5f * x : x));
        Assert.That(model.Run(Picture), Is.EqualTo(expected));
    }

    [TestCase(13)]
    [TestCase(18)]
    public void AMeanOfPlanesPools(int opset)
    {
        ModelBuilder model = new ModelBuilder(opset).Input("x", -1, 2, 6, 6).Output("y").Floats("k", Filters).Floats("b", [3], Bias)
            .Integers("axes", -1, -2)
            .Node("Conv", "x k b", "c", ("pads", (int[])[1, 1, 1, 1]));
        model = opset < 18 ? model.Node("ReduceMean", "c", "m", ("axes", (int[])[2, 3]), ("keepdims", 0))
            : model.Node("ReduceMean", "c axes", "m", ("keepdims", 0));
        Assert.That(model.Floats("w", Matrix).Node("Gemm", "m w", "y", ("transB", 1)).Run(Picture), Is.EqualTo(Expected(Picture)));
    }

    [Test]
    public void AHeadOfMatMulAndAddIsALinearLayer()
    {
        Tensor transposed = Tensor.Zeros([3, 4]);
        for (int i = 0; i < 12; i++) transposed.Span[i % 3 * 4 + i / 3] = Matrix.ReadOnlySpan[i];
        ModelBuilder model = Body().Integers("axes", 2, 3).Node("Squeeze", "m axes", "f").Floats("w", transposed).Floats("added", [4], 1, 2, 3, 4)
            .Node("MatMul", "f w", "z").Node("Add", "z added", "y");
        float[] expected = Expected(Picture);
        for (int i = 0; i < 4; i++) expected[i] += i + 1;
        Assert.That(model.Run(Picture), Is.EqualTo(expected).Within(1e-6f));
        OnnxNetwork network = model.Read();
        Assert.That((network.NumClasses, network.FeatureCount), Is.EqualTo((4, 3)));
    }

    /// <summary>tf2onnx: images N H W C, transposed to convolve, padded before a strided convolution.</summary>
    [Test]
    public void ChannelsLastCostsNoTransposes()
    {
        ModelBuilder model = new ModelBuilder().Input("x", -1, 2, 6, 6).Output("y").Floats("k", Filters).Floats("b", [3], Bias)
            .Floats("scale", [3], 1, 2, 3)
            .Node("Transpose", "x", "last", ("perm", (int[])[0, 2, 3, 1])).Node("Mul", "last two", "twice").Floats("two", [1], 2)
            .Node("Transpose", "twice", "first", ("perm", (int[])[0, 3, 1, 2])).Integers("pads", 0, 0, 0, 0, 0, 0, 1, 1)
                .Node("Pad", "first pads", "p")
            .Node("Conv", "p k b", "c", ("strides", (int[])[2, 2]), ("auto_pad", "VALID")).Node("Transpose", "c", "d", ("perm", (int[])[0, 2, 3, 1]))
            .Node("Mul", "d scale", "e").Node("Relu", "e", "r").Node("ReduceMean", "r", "m", ("axes", (int[])[1, 2]), ("keepdims", 0))
            .Floats("w", Matrix).Node("Gemm", "m w", "y", ("transB", 1));
        ModelBuilder plain = new ModelBuilder().Input("x", -1, 2, 6, 6).Output("y").Floats("k", Filters).Floats("b", [3], Bias)
            .Floats("scale", [3, 1, 1], 1, 2, 3)
            .Floats("two", [1], 2).Node("Mul", "x two", "twice").Node("Conv", "twice k b", "c", ("strides", (int[])[2, 2]), ("pads", (int[])[0, 0, 1,
                1]))
            .Node("Mul", "c scale", "e").Node("Relu", "e", "r").Node("GlobalAveragePool", "r", "m").Node("Flatten", "m", "f")
            .Floats("w", Matrix).Node("Gemm", "f w", "y", ("transB", 1));
        Assert.That(model.Run(Picture), Is.EqualTo(plain.Run(Picture)));
        Assert.That(model.Read().Trace(Picture.Shape).Nodes.Select(node => node.Operation.Name), Does.Not.Contain("Transpose"));
    }

    [Test]
    public void ASoftmaxAtTheEndIsLeftOut()
    {
        ModelBuilder model = Body().Node("Flatten", "m", "f").Floats("w", Matrix).Node("Gemm", "f w", "z", ("transB", 1))
            .Node("Softmax", "z", "y", ("axis", 1));
        Assert.That(model.Run(Picture), Is.EqualTo(Expected(Picture)));
        Assert.That(model.Read().ReadingNotes, Has.Some.Contains("Softmax"));
    }

    private static float[] Convolved(params (string, object)[] attributes) => new ModelBuilder().Input("x", -1, 2, 6, 6).Output("y")
        .Floats("k", Filters).Floats("b", [3], Bias)
        .Node("Conv", "x k b", "y", attributes).Run(Picture);
}
