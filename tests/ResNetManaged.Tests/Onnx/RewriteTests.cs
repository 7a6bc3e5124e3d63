using NUnit.Framework;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tests.Onnx;

/// <summary>What exporters write as several nodes becomes one operation, which computes the same.</summary>
public sealed class RewriteTests
{
    private static readonly Tensor Picture = Tensor.Uniform([2, 4, 6, 6], new TorchGenerator(1), -4, 4);

    private static ModelBuilder Start(long opset = 17) => new ModelBuilder(opset).Input("x", -1, 4, 6, 6).Output("y");

    private static readonly (string Name, ModelBuilder Model, string[] Operations, Func<double, double> Function)[] Activations =
    [
        ("swish", Start().Node("Sigmoid", "x", "s").Node("Mul", "x s", "y"), ["SiLU"], x => x / (1 + Math.Exp(-x))),
        ("hard swish as a quotient", Start().Floats("three", [], 3).Floats("zero", [], 0).Floats("six", [], 6).Node("Add", "x three", "a")
            .Node("Clip", "a zero six", "c")
            .Node("Mul", "x c", "m").Node("Div", "m six", "y"), ["Hardswish"], x => x * Math.Clamp(x + 3, 0, 6) / 6),
        ("hard swish as a product", Start(10).Floats("three", [], 3).Floats("six", [], 6).Node("Add", "x three", "a")
            .Node("Clip", "a", "c", ("min", 0f), ("max", 6f))
            .Node("Div", "c six", "d").Node("Mul", "x d", "y"), ["Hardswish"], x => x * Math.Clamp(x + 3, 0, 6) / 6),
        ("hard swish by HardSigmoid", Start().Node("HardSigmoid", "x", "h", ("alpha", 1f / 6), ("beta", 0.5f)).Node("Mul", "x h", "y"), ["Hardswish"],
            x => x * Math.Clamp(x + 3, 0, 6) / 6),
        ("GELU", Start().Floats("root", [], MathF.Sqrt(2)).Floats("one", [], 1).Floats("half", [], 0.5f).Node("Div", "x root", "d")
            .Node("Erf", "d", "e").Node("Add", "e one", "a")
            .Node("Mul", "x a", "m").Node("Mul", "m half", "y"), ["GELU"], Gelu),
        ("GELU, half first", Start().Floats("root", [], MathF.Sqrt(2)).Floats("one", [], 1).Floats("half", [], 0.5f).Node("Mul", "x half", "h")
            .Node("Div", "x root", "d")
            .Node("Erf", "d", "e").Node("Add", "e one", "a").Node("Mul", "h a", "y"), ["GELU"], Gelu),
        ("ReLU6", Start().Floats("zero", [], 0).Floats("six", [], 6).Node("Clip", "x zero six", "y"), ["Clip"], x => Math.Clamp(x, 0, 6)),
    ];

    private static IEnumerable<string> Names => Activations.Select(activation => activation.Name);

    [TestCaseSource(nameof(Names))]
    public void AnActivationIsOneOperation(string name)
    {
        (_, ModelBuilder model, string[] operations, Func<double, double> function) = Activations.Single(activation => activation.Name == name);
        Assert.That(Operations(model), Is.EqualTo(operations).IgnoreCase);
        float[] expected = Array.ConvertAll(Picture.ReadOnlySpan.ToArray(), x => (float)function(x));
        Assert.That(model.Run(Picture), Is.EqualTo(expected).Within(1e-6f)); // a few roundings of numbers up to 4
    }

    /// <summary>As PyTorch exports it, with a shape that is computed.</summary>
    [Test]
    public void GroupNorm()
    {
        ModelBuilder model = Start().Integers("groups", 0, 2, -1).Floats("ones", [2], 1, 1).Floats("zeros", [2], 0, 0)
            .Floats("w", [4, 1, 1], 1, 2, 3, 4)
            .Floats("b", [4, 1, 1], 4, 3, 2, 1).Node("Reshape", "x groups", "r").Node("InstanceNormalization", "r ones zeros", "n", ("epsilon",
                1e-4f)).Node("Shape", "x", "s")
            .Node("Reshape", "n s", "i").Node("Mul", "i w", "m").Node("Add", "m b", "y");
        Assert.That(Operations(model), Is.EqualTo(["GroupNorm"]));
        float[] expected = Start(21).Floats("w", [4], 1, 2, 3, 4).Floats("b", [4], 4, 3, 2, 1)
            .Node("GroupNormalization", "x w b", "y", ("num_groups", 2), ("epsilon", 1e-4f)).Run(Picture);
        Assert.That(model.Run(Picture), Is.EqualTo(expected));
        Assert.That(expected.Take(72).Average(), Is.EqualTo(3.5 + expected.Take(36).Average() - 4).Within(5), "not degenerate");
    }

    [Test]
    public void AGroupNormWithOtherNumbersThanOnesIsLeftAlone()
    {
        ModelBuilder model = Start().Integers("groups", 0, 2, -1).Floats("scale", [2], 1, 2).Floats("zeros", [2], 0, 0)
            .Floats("w", [4, 1, 1], 1, 2, 3, 4)
            .Floats("b", [4, 1, 1], 4, 3, 2, 1).Node("Reshape", "x groups", "r").Node("InstanceNormalization", "r scale zeros", "n")
                .Node("Shape", "x", "s")
            .Node("Reshape", "n s", "i").Node("Mul", "i w", "m").Node("Add", "m b", "y");
        Assert.That(Operations(model), Does.Contain("InstanceNormalization"));
        model.Run(Picture);
    }

    [Test]
    public void LayerNormOverChannelsThatComeLast()
    {
        ModelBuilder model = Start(13).Node("Transpose", "x", "t", ("perm", (int[])[0, 2, 3, 1]))
            .Node("ReduceMean", "t", "mean", ("axes", (int[])[-1])).Node("Sub", "t mean", "d")
            .Floats("two", [], 2).Node("Pow", "d two", "q").Node("ReduceMean", "q", "v", ("axes", (int[])[-1])).Floats("e", [], 1e-5f)
                .Node("Add", "v e", "ve").Node("Sqrt", "ve", "root")
            .Node("Div", "d root", "n").Floats("w", [4], 1, 2, 3, 4).Floats("b", [4], 4, 3, 2, 1).Node("Mul", "n w", "m").Node("Add", "m b", "a")
            .Node("Transpose", "a", "y", ("perm", (int[])[0, 3, 1, 2]));
        Assert.That(Operations(model), Has.Length.EqualTo(1));
        float[] expected = Start().Node("Transpose", "x", "t", ("perm", (int[])[0, 2, 3, 1])).Floats("w", [4], 1, 2, 3, 4)
            .Floats("b", [4], 4, 3, 2, 1)
            .Node("LayerNormalization", "t w b", "n").Node("Transpose", "n", "y", ("perm", (int[])[0, 3, 1, 2])).Run(Picture);
        Assert.That(model.Run(Picture), Is.EqualTo(expected));
    }

    [Test]
    public void BlurOfReflectedPlanes()
    {
        float[] window = [.. Enumerable.Range(0, 36).Select(i => (float[])[1, 2, 1]).Select((row, i) => row[i % 3] * row[i / 3 % 3] / 16)];
        ModelBuilder model = Start().Integers("pads", 0, 0, 1, 1, 0, 0, 1, 1).Floats("k", [4, 1, 3, 3], window)
            .Node("Pad", "x pads", "p", ("mode", "reflect"))
            .Node("Conv", "p k", "y", ("group", 4), ("strides", (int[])[2, 2]));
        Assert.That(Operations(model), Is.EqualTo(["BlurPool2d"]));
        float[] expected = Start().Integers("pads", 0, 0, 1, 1, 0, 0, 1, 1).Floats("k", [4, 1, 3, 3], window)
            .Floats("b", [4], 0, 0, 0, 0) // a bias: not recognized
            .Node("Pad", "x pads", "p", ("mode", "reflect")).Node("Conv", "p k b", "y", ("group", 4), ("strides", (int[])[2, 2])).Run(Picture);
        Assert.That(model.Run(Picture), Is.EqualTo(expected).Within(1e-5f));
    }

    [Test]
    public void AShortcutWithoutParameters()
    {
        const int End = int.MaxValue;
        ModelBuilder model = Start().Integers("zero", 0).Integers("end", End).Integers("two", 2).Integers("three", 3)
            .Node("Slice", "x zero end two two", "a")
            .Node("Slice", "a zero end three two", "b").Integers("pads", 0, 2, 0, 0, 0, 3, 0, 0).Node("Pad", "b pads", "y");
        Assert.That(Operations(model), Is.EqualTo(["ZeroPadShortcut"]));
        float[] actual = model.Run(Picture);
        for (int i = 0; i < actual.Length; i++)
        {
            int image = i / 81, channel = i / 9 % 9 - 2, row = i / 3 % 3 * 2, column = i % 3 * 2;
            float expected = channel is >= 0 and < 4 ? Picture.ReadOnlySpan[((image * 4 + channel) * 6 + row) * 6 + column] : 0;
            Assert.That(actual[i], Is.EqualTo(expected));
        }
    }

    [Test]
    public void AConvolutionOverChannels()
    {
        ModelBuilder model = Start().Node("GlobalAveragePool", "x", "m").Integers("row", 0, 1, -1).Integers("back", 0, -1, 1, 1)
            .Floats("k", [1, 1, 3], 1, 2, 3)
            .Node("Reshape", "m row", "r").Node("Conv", "r k", "c", ("pads", (int[])[1, 1])).Node("Reshape", "c back", "y");
        Assert.That(Operations(model), Is.EqualTo(["AdaptiveAvgPool2d", "ChannelConv1d"]));
        float[] means = Start().Node("GlobalAveragePool", "x", "y").Run(Picture), actual = model.Run(Picture);
        for (int i = 0; i < actual.Length; i++)
        {
            float At(int channel) => channel is >= 0 and < 4 ? means[i / 4 * 4 + channel] : 0;
            Assert.That(actual[i], Is.EqualTo(At(i % 4 - 1) + 2 * At(i % 4) + 3 * At(i % 4 + 1)).Within(1e-5f));
        }
    }

    [Test]
    public void AValueThatAnotherNodeReadsTooIsNotRemoved()
    {
        ModelBuilder model = Start().Node("Sigmoid", "x", "s").Node("Mul", "x s", "m").Node("Add", "m s", "y");
        float[] expected = Array.ConvertAll(Picture.ReadOnlySpan.ToArray(), x => (float)((x + 1.0) / (1 + Math.Exp(-x))));
        Assert.That(model.Run(Picture), Is.EqualTo(expected).Within(1e-6f));
    }

    /// <summary>The operations; images that are the output are flattened to rows, which is left out.</summary>
    private static string[] Operations(ModelBuilder model) =>
        [.. model.Read().Trace(Picture.Shape).Nodes.Select(node => node.Operation.Name).Where(name => name != "Flatten")];

    private static double Gelu(double x)
    {
        double error = 0, term = x / Math.Sqrt(2); // the series of erf
        for (int n = 0; n < 200; n++)
        {
            error += term / (2 * n + 1);
            term *= -x * x / 2 / (n + 1);
        }
        return x / 2 * (1 + 2 / Math.Sqrt(Math.PI) * error);
    }
}
