using NUnit.Framework;
using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Onnx;

/// <summary>Whatever a file contains, reading it ends with a network or a <see cref="CheckpointException"/>, soon and without much memory.</summary>
public sealed class HostileModelTests
{
    private const int Flips = 10_000;
    private const string Garbage = "much arithmetic";
    private const long MostBytes = 1 << 30; // the budget of a small file, 64 MB of results, with the copies that computing them takes

    private static readonly byte[] Valid = new ModelBuilder().Input("x", -1, 3, 8, 8).Output("y").Floats("k", [2, 3, 3, 3], new float[54])
        .Floats("b", [2], 1, 2)
        .Node("local:Body", "x k b", "c", ("slope", 0.5f)).Node("Shape", "c", "s").Node("Constant", "", "zero", ("value_ints", (int[])[0]))
            .Node("Gather", "s zero", "n")
        .Node("Constant", "", "rest", ("value", (long[])[-1])).Node("Concat", "n rest", "shape", ("axis", 0)).Integers("pads", 0, 0, 1, 1, 0, 0, 1, 1)
        .Node("Pad", "c pads", "p").Floats("w", [2, 2, 1, 1], 1, 2, 3, 4).Node("Conv", "p w", "d", ("strides", (int[])[2, 2]))
            .Node("Sigmoid", "d", "g").Node("Mul", "d g", "z")
        .Node("MaxPool", "z", "q", ("kernel_shape", (int[])[2, 2])).Node("GlobalAveragePool", "q", "m").Node("Reshape", "m shape", "f")
            .Floats("v", [4, 2], 1, 2, 3, 4, 5, 6, 7, 8)
        .Node("Gemm", "f v b4", "y", ("transB", 1)).Floats("b4", [4], 1, 2, 3, 4)
        .Function("Body", "a k b", "r", ("Conv", "a k b", "i", []), ("LeakyRelu", "i", "r", [("alpha",
            new ModelBuilder.Reference("slope"))])).ToArray();

    [Test]
    public void TheModelIsValid() => Assert.That(ModelBuilder.Read(Valid).Forward(Tensor.Zeros([2, 3, 8, 8])).Shape,
        Is.EqualTo(ResNetManaged.Tensors.Shape.Create([2, 4])));

    [Test]
    public void AFileThatEndsEarlyIsRefused()
    {
        for (int length = 0; length < Valid.Length; length++) AssertTyped(Valid[..length], $"{length} bytes");
    }

    /// <summary>The positions and values are the same in every run.</summary>
    [Test]
    public void ChangedBytesAreReadOrRefused()
    {
        Random random = new(1);
        for (int i = 0; i < Flips; i++)
        {
            byte[] model = [.. Valid];
            List<string> changes = [];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(model.Length);
                model[at] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)(model[at] ^ (1 << random.Next(8)));
                changes.Add($"byte {at} is {model[at]}");
            }
            AssertTyped(model, $"change {i}: {string.Join(", ", changes)}");
        }
    }

    private static ModelBuilder Start() => new ModelBuilder().Input("x", -1, 3, 8, 8).Output("y");

    private static ModelBuilder Chain(int count, Func<ModelBuilder, int, ModelBuilder> link) => Enumerable.Range(0, count).Aggregate(Start(), link);

    private static readonly (string Name, Func<ModelBuilder> Model)[] Bombs =
    [
        ("Tile", () => Start().Floats("a", [1], 1).Integers("n", 1 << 27).Node("Tile", "a n", "t").Node("ReduceSum", "t", "s")
            .Node("Mul", "x s", "y")),
        ("Expand", () => Start().Floats("a", [1], 1).Integers("n", 1 << 20, 1 << 7).Node("Expand", "a n", "t").Node("ReduceSum", "t", "s")
            .Node("Mul", "x s", "y")),
        ("ConstantOfShape", () => Start().Integers("n", 1 << 14, 1 << 13).Node("ConstantOfShape", "n", "t").Node("ReduceSum", "t", "s")
            .Node("Mul", "x s", "y")),
        ("Range", () => Start().Floats("a", [], 0).Floats("b", [], 1e9f).Floats("c", [], 1).Node("Range", "a b c", "t").Node("ReduceSum", "t", "s")
            .Node("Mul", "x s", "y")),
        ("Resize", () => Start().Floats("a", [1, 1, 2, 2], 1, 2, 3, 4).Integers("n", 1, 1, 1 << 14, 1 << 14).Node("Resize", "a _ _ n", "t")
            .Node("ReduceSum", "t", "s").Node("Mul", "x s", "y")),
        ("Pad", () => Start().Floats("a", [1], 1).Integers("n", 0, 1 << 28).Node("Pad", "a n", "t").Node("ReduceSum", "t", "s")
            .Node("Mul", "x s", "y")),
        ("Pad of the input", () => Start().Integers("n", 0, 0, 0, 0, 0, 0, 1 << 14, 1 << 14).Node("Pad", "x n", "y", ("mode", "edge"))),
        ("Expand of the input", () => Start().Integers("n", 1 << 20, 3, 8, 8).Node("Expand", "x n", "y")),
        ("sizes that overflow", () => Start().Integers("n", 1L << 32, 1L << 32).Node("ConstantOfShape", "n", "t").Node("Add", "x t", "y")),
        ("many that are large", () => Chain(64, (model, i) => model.Integers($"n{i}", 1 << 22).Node("ConstantOfShape", $"n{i}", $"t{i}")).Node("Sum",
            string.Join(' ', Enumerable.Range(0, 64).Select(i => $"t{i}")), "t").Node("ReduceSum", "t", "s").Node("Mul", "x s", "y")),
        (Garbage, () => Chain(4000, (model, i) => i == 0 ? model.Integers("n", 1 << 21).Node("ConstantOfShape", "n", "t").Node("ReduceSum", "t", "s0")
            : model.Node("ReduceSum", "t", $"r{i}").Node("Add", $"r{i} s{i - 1}", $"s{i}")).Node("Mul", "x s3999", "y")),
        ("windows of a thousand million", () => Start().Node("MaxPool", "x", "y", ("kernel_shape", (int[])[1 << 15, 1 << 15]), ("pads",
            (int[])[1 << 15, 1 << 15, 1 << 15, 1 << 15]))),
        ("matrices", () => Start().Integers("n", 1 << 11, 1 << 11).Node("ConstantOfShape", "n", "a").Node("MatMul", "a a", "b")
            .Node("ReduceSum", "b", "s").Node("Mul", "x s", "y")),
        ("functions of two calls each", () => Enumerable.Range(0, 40).Aggregate(Start().Node("local:F0", "x", "y"), (model, i) =>
            model.Function($"F{i}", "a", "b",
            ($"local:F{i + 1}", "a", "c", []), ($"local:F{i + 1}", "c", "b", []))).Function("F40", "a", "b", ("Relu", "a", "b", []))),
        ("empty functions of two calls each", () => Enumerable.Range(0, 30).Aggregate(Start().Node("local:F0", "x", "y"), (model, i) =>
            model.Function($"F{i}", "a", "b",
            ($"local:F{i + 1}", "a", "c", []), ($"local:F{i + 1}", "a", "d", []))).Function("F30", "a", "b")),
        ("a function that calls itself", () => Start().Node("local:F", "x", "y").Function("F", "a", "b", ("local:F", "a", "b", []))),
        ("long names in functions", () => Enumerable.Range(0, 12).Aggregate(Start().Node("local:F0", "x", "y"), (model, i) =>
            model.Function($"F{i}", "a", "b",
            ($"local:F{i + 1}", "a", new string('c', 100_000), []), ($"local:F{i + 1}", new string('c', 100_000), "b", []))).Function("F12", "a", "b", ("Relu", "a", "b", []))),
        ("nested graphs", () => Start().Node("Relu", "x", "y", ("body", Nested(100)))),
        ("many nodes", () => Chain(60_000, (model, i) => model.Node("Relu", i == 0 ? "x" : $"v{i - 1}", $"v{i}")).Node("Relu", "v59999", "y")),
    ];

    private static IEnumerable<string> Names => Bombs.Select(bomb => bomb.Name);

    [TestCaseSource(nameof(Names)), NonParallelizable]
    public void ASmallFileCannotTakeMuch(string name)
    {
        byte[] model = Bombs.Single(bomb => bomb.Name == name).Model().ToArray();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        AssertTyped(model, name, mayRead: name == "matrices");
        if (name == Garbage) return; // its results are freed one by one
        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(MostBytes + 200L * model.Length), "bytes allocated");
    }

    [Test]
    public void ADeepChainIsRead() =>
        Assert.That(Chain(5_000, (model, i) => model.Node("Relu", i == 0 ? "x" : $"v{i - 1}", $"v{i}")).Node("Relu", "v4999", "y").Read().NumClasses,
            Is.Zero);

    [Test]
    public void ANameOfManyDotsIsRead() =>
        Assert.That(Start().Floats(new string('.', 10_000) + "k", [1, 3, 1, 1], 1, 2, 3).Node("Conv", "x " + new string('.', 10_000) + "k",
            "y").Read().StateDict(), Has.Count.EqualTo(1));

    private static ModelBuilder Nested(int depth) => depth == 0 ? new ModelBuilder() : new ModelBuilder()
        .Node("If", "", "", ("then_branch", Nested(depth - 1)));

    private static void AssertTyped(byte[] model, string what, bool mayRead = true)
    {
        try
        {
            ModelBuilder.Read(model);
            Assert.That(mayRead, Is.True, $"{what}: read");
        }
        catch (CheckpointException)
        {
        }
        catch (Exception exception) when (exception is not AssertionException)
        {
            Assert.Fail($"{what}: {exception}");
        }
    }
}
