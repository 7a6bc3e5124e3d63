using NUnit.Framework;
using ResNetManaged.Kernels.Elementwise.Activations;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Kernels.Reference.Pooling;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Reference;

/// <summary>Properties that all gradient kernels share.</summary>
public sealed class BackwardTests
{
    private static readonly PoolGeometry Pool = new(2, 3, (5, 6), 3, 2, 1, 1, true);

    private static readonly float[] X = Numbers.Random(180, 1);

    private static readonly ExecutionOptions Threads = new() { Threads = 3 };

    /// <summary>Kernels for an input [2, 3, 5, 6]: the length of the output, and the mapping of its gradient to the input's.</summary>
    private static readonly Dictionary<string, (int OutputLength, Action<float[], float[]> Run)> Kernels = new()
    {
        ["Relu backward"] = (180, (dy, dx) => ElementwiseKernel.ReluBackward(X, dy, dx, Threads)),
        ["Activation backward"] = (180, (dy, dx) => ActivationKernel.Backward(default(SiluFunction), X, dy, dx, Threads)),
        ["Multiply backward"] = (180, (dy, dx) => ProductKernel.MultiplyBackward(X, dy, dx, Threads)),
        ["Scale backward"] = (180, (dy, dx) => ProductKernel.ScaleBackward(6, 30, X, [1, 2, 3, 4, 5, 6], dy, dx, new float[6], Threads)),
        ["Prelu backward"] = (180, (dy, dx) => PreluKernel.Backward(2, 30, X, [1, 2, 3], dy, dx, [], Threads)),
        ["Softmax backward"] = (180, (dy, dx) => SoftmaxKernel.Backward(2, 3, 30, false, X, dy, dx, Threads)),
        ["MaxPool backward"] = (Pool.OutputLength, (dy, dx) => MaxPool.Backward(Pool, X, dy, dx, Threads)),
        ["AveragePool backward"] = (Pool.OutputLength, (dy, dx) => AveragePool.Backward(Pool, true, dy, dx, Threads)),
        ["AdaptiveAveragePool backward"] = (6 * 6, (dy, dx) => AdaptiveAveragePool.Backward(6, (5, 6), (2, 3), dy, dx, Threads)),
        ["ZeroPadSubsample backward"] = (2 * 7 * 3 * 3, (dy, dx) => ZeroPadSubsample.Backward(2, 3, 7, (5, 6), 3, 2, dy, dx)),
        ["BatchNorm backward"] = (180,
            (dy, dx) => BatchNormBackward.Run(2, 3, 30, X, [0, 0, 0], [1, 2, 3], true, [1, 2, 3], 0, dy, dx, new float[3], [], Threads)),
        ["GroupNorm backward"] = (180,
            (dy, dx) => GroupNormKernel.Backward(2, 3, 30, 1, X, [1, 2, 3], 1e-5, dy, dx, new float[3], [], Threads)),
        ["Linear backward"] = (30 * 4, (dy, dx) => LinearBackward.Run(30, 6, 4, X, Numbers.Random(24, 3), dy, dx, [], [], Threads)),
    };

    private static IEnumerable<string> Names => Kernels.Keys;

    [TestCaseSource(nameof(Names))]
    public void AddsToTheGradient(string name)
    {
        (int length, Action<float[], float[]> run) = Kernels[name];
        float[] dy = Numbers.Random(length, 2), dx = new float[180], twice = new float[180];
        run(dy, dx);
        Assert.That(dx, Has.Some.Not.Zero);
        run(dy, twice);
        run(dy, twice);
        for (int i = 0; i < dx.Length; i++) Assert.That(twice[i], Is.EqualTo(2 * dx[i]).Within(Tolerance(dx)), $"element {i}");

        // A pool adds up to nine gradients one by one, the second time to the first sum.
        static double Tolerance(float[] gradient) => Close.SumTolerance(2 * 9) * 2 * gradient.Max(Math.Abs);
    }

    [TestCaseSource(nameof(Names))]
    public void RejectsWrongLengths(string name)
    {
        (int length, Action<float[], float[]> run) = Kernels[name];
        Assert.That(() => run(new float[length + 1], new float[180]), Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            $"{name}: outputGradient has {length + 1} elements; expected {length}."));
        Assert.That(() => run(new float[length], new float[179]), Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo(
            $"{name}: inputGradient has 179 elements; expected 180."));
    }

    [Test]
    public void TheFirstOfEqualMaximaGetsTheGradient()
    {
        float[] x = [1, 2, 2, 2, 2, 0, 0, 2, 0], dx = new float[9];
        MaxPool.Backward(new PoolGeometry(1, 1, 3, 3, 1, 0, 1, false), x, [5], dx, ExecutionOptions.Default);
        Assert.That(dx, Is.EqualTo(new float[] { 0, 5, 0, 0, 0, 0, 0, 0, 0 }));
    }

    [Test]
    public void AllMinusInfinityPassesTheGradientToTheFirstPixelAndAllPaddingDropsIt()
    {
        float[] x = [float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity], dx = new float[4];
        MaxPool.Backward(new PoolGeometry(1, 1, 2, 2, 1, 1, 1, false), x, [1, 10, 100, 1000, 10_000, 1, 1, 1, 1],
            dx, ExecutionOptions.Default);
        Assert.That(dx, Is.EqualTo(new float[] { 1 + 10 + 1000 + 10_000, 100 + 1, 1 + 1, 1 }));
        float[] pixel = new float[1];
        MaxPool.Backward(new PoolGeometry(1, 1, 1, 2, 1, 1, 2, false), [3], [7], pixel, ExecutionOptions.Default);
        Assert.That(pixel[0], Is.Zero);
    }

    [Test]
    public void TheLastOfSeveralNaNsGetsTheGradientAsInPyTorch()
    {
        float[] x = [1, float.NaN, float.NaN, 9], dx = new float[4];
        MaxPool.Backward(new PoolGeometry(1, 1, 2, 2, 1, 0, 1, false), x, [5], dx, ExecutionOptions.Default);
        Assert.That(dx, Is.EqualTo(new float[] { 0, 0, 5, 0 }));
    }

    [Test]
    public void ReluPassesNothingAtZeroAndEverythingAtNaN()
    {
        float[] dx = new float[5];
        ElementwiseKernel.ReluBackward([0f, -0f, 1e-45f, float.NaN, float.PositiveInfinity], [1, 2, 3, 4, 5], dx, ExecutionOptions.Default);
        Assert.That(dx, Is.EqualTo(new float[] { 0, 0, 3, 4, 5 }));
    }
}
