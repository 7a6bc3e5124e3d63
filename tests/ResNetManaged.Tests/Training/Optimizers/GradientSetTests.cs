using NUnit.Framework;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;
using ResNetManaged.Training.Optimizers;

namespace ResNetManaged.Tests.Training.Optimizers;

public sealed class GradientSetTests
{
    private static readonly int[] Lengths = [5, 16, 1, 1000];

    [Test]
    public void GradientsStartAtZero()
    {
        Parameter[] parameters = [.. Parameters(), new([3], 0) { RequiresGrad = false }];
        GradientSet gradients = new(parameters);
        Assert.That(gradients.Parameters, Is.EqualTo(parameters[..^1]), "parameters that require no gradient have none");
        Assert.That(gradients.Contains(parameters[^1]), Is.False);
        foreach (Parameter parameter in gradients.Parameters) Assert.That(gradients[parameter].ToArray(), Is.EqualTo(new float[parameter.Shape.ElementCount]));
    }

    [Test]
    public void GradientsAreStoredWithoutOverlap()
    {
        GradientSet gradients = Filled();
        for (int i = 0; i < Lengths.Length; i++)
            Assert.That(gradients[gradients.Parameters[i]].ToArray(), Is.EqualTo(Numbers.Random(Lengths[i], i)), $"gradient {i}");
        gradients.Clear();
        Assert.That(gradients.Norm(), Is.Zero);
    }

    [Test]
    public void ScalesEachElement()
    {
        GradientSet gradients = Filled();
        gradients.Scale(0.25);
        Assert.That(gradients[gradients.Parameters[3]].ToArray(), Is.EqualTo(Numbers.Random(1000, 3).Select(x => x / 4)));
    }

    [Test]
    public void TheNormCoversAllGradients()
    {
        double squares = Enumerable.Range(0, Lengths.Length).SelectMany(i => Numbers.Random(Lengths[i], i)).Sum(x => (double)x * x);
        Assert.That(Filled().Norm(), Is.EqualTo(Math.Sqrt(squares)).Within(Lengths.Sum() * Math.Pow(2, -53) * Math.Sqrt(squares)));
    }

    [Test]
    public void ClippingScalesToTheLargestNorm()
    {
        GradientSet gradients = Filled();
        double norm = gradients.Norm();
        Assert.That(gradients.ClipNorm(2), Is.EqualTo(norm));
        double factor = 2 / (norm + 1e-6); // torch/nn/utils/clip_grad.py
        Close.AssertWithin(gradients[gradients.Parameters[3]], [.. Numbers.Random(1000, 3).Select(x => factor * x)],
            [.. Numbers.Random(1000, 3).Select(x => factor * Math.Abs(x))], 2 * Close.UnitRoundoff, "the factor and its product");
    }

    [Test]
    public void ASmallNormIsNotClipped()
    {
        GradientSet gradients = Filled();
        gradients.ClipNorm(1000);
        Close.AssertSameBits(gradients[gradients.Parameters[3]], Numbers.Random(1000, 3), "gradient");
    }

    [TestCase(float.NaN, float.NaN)]
    [TestCase(float.PositiveInfinity, 0f)]
    public void ANonFiniteNormIsReturnedAndPropagatesAsInPyTorch(float special, float others)
    {
        GradientSet gradients = Filled();
        gradients[gradients.Parameters[0]][2] = special;
        Assert.That(gradients.ClipNorm(1), Is.EqualTo((double)special));
        Assert.That(gradients[gradients.Parameters[0]][2], Is.NaN);
        Assert.That(Math.Abs(gradients[gradients.Parameters[3]][7]), Is.EqualTo(others));
    }

    [Test]
    public void ClippingByValueLimitsEachElement()
    {
        GradientSet gradients = Filled();
        gradients[gradients.Parameters[0]][0] = float.NaN;
        gradients[gradients.Parameters[0]][1] = float.NegativeInfinity;
        gradients.ClipValue(0.5);
        Assert.That(gradients[gradients.Parameters[3]].ToArray(), Is.EqualTo(Numbers.Random(1000, 3).Select(x => Math.Clamp(x, -0.5f, 0.5f))));
        Assert.That(gradients[gradients.Parameters[0]][..2].ToArray(), Is.EqualTo(new[] { float.NaN, -0.5f }));
    }

    [Test]
    public void RejectsInvalidArguments()
    {
        Parameter parameter = new([3], 0);
        Assert.That(() => new GradientSet([parameter, parameter]),
            Throws.ArgumentException.With.Message.StartsWith("GradientSet: a parameter of shape [3] occurs twice."));
        Assert.That(() => Filled()[parameter][0],
            Throws.ArgumentException.With.Message.StartsWith("GradientSet: a parameter of shape [3] has no gradient here."));
        Assert.That(() => Filled().ClipNorm(0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => Filled().ClipValue(double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static Parameter[] Parameters() => [.. Lengths.Select(length => new Parameter([length], 0))];

    private static GradientSet Filled()
    {
        GradientSet gradients = new(Parameters());
        for (int i = 0; i < Lengths.Length; i++) Numbers.Random(Lengths[i], i).CopyTo(gradients[gradients.Parameters[i]]);
        return gradients;
    }
}
