using NUnit.Framework;
using ResNetManaged.Explaining;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Explaining;

public sealed class OcclusionTests
{
    private static readonly Tensor Input = Tensor.Uniform([1, 3, 32, 32], new TorchGenerator(1), -1, 1);

    /// <summary>Squares that fill their grid cells and squares that do not, and one larger than the input.</summary>
    [TestCase(6, 3)]
    [TestCase(5, 8)]
    [TestCase(70, 20)]
    [TestCase(1, 32)]
    public void EachCellIsTheDropInProbabilityUnderItsSquare(int patch, int stride)
    {
        ResNet network = TinyData.Network();
        Occlusion occlusion = new(network, patchSize: patch, stride: stride);
        HeatMap heat = occlusion.Explain(Input, classIndex: 2);
        int cells = (32 + stride - 1) / stride;
        Assert.That(heat.Map.Shape, Is.EqualTo(Shape.Create(cells, cells)));
        Assert.That(occlusion.Grid, Is.EqualTo((Size2D)cells));
        double untouched = Probability(network, Input);
        Assert.That(heat.Probability, Is.EqualTo(untouched).Within(1e-6));
        for (int row = 0; row < cells; row++)
            for (int column = 0; column < cells; column++)
            {
                Tensor covered = Input.Clone();
                for (int y = 0; y < 32; y++)
                    for (int x = 0; x < 32; x++)
                        if (IsUnder(y, row) && IsUnder(x, column))
                            for (int c = 0; c < 3; c++) covered.Span[(c * 32 + y) * 32 + x] = 0;
                double fall = untouched - Probability(network, covered);
                Assert.That(heat.Map.ReadOnlySpan[row * cells + column], Is.EqualTo(fall).Within(1e-6), $"({row}, {column})"); // float32 near 0.1
            }

        bool IsUnder(int pixel, int cell)
        {
            double start = Math.Round((cell + 0.5) * 32 / cells - patch / 2.0, MidpointRounding.AwayFromZero);
            return pixel >= start && pixel < start + patch;
        }
    }

    [Test]
    public void DefaultsFollowFromTheInput()
    {
        Occlusion occlusion = new(TinyData.Network());
        Assert.That((occlusion.PatchSize, occlusion.Grid), Is.EqualTo((6, (Size2D)11)));
        Occlusion wide = new(TinyData.Network(), new ImagePreset { Resize = null, Crop = (40, 80) });
        Assert.That((wide.PatchSize, wide.Grid), Is.EqualTo((8, new Size2D(10, 20))));
    }

    [Test]
    public void TheMostProbableClassIsExplainedInPictureCoordinates()
    {
        ResNet network = TinyData.Network();
        RgbImage picture = GradCamTests.Picture(70, 40);
        Occlusion occlusion = new(network);
        HeatMap heat = occlusion.Explain(picture);
        Tensor logits = network.Forward(ImagePreset.Cifar10.Apply(picture));
        Assert.That(heat.ClassIndex, Is.EqualTo(logits.ReadOnlySpan.ToArray().Index().MaxBy(entry => entry.Item).Index));
        Assert.That(heat.Values.Shape, Is.EqualTo(Shape.Create(40, 70)));
        Assert.That(heat.Values.ReadOnlySpan[0], Is.Zero, "the network saw only the center");
        Assert.That(heat.Values.ReadOnlySpan.ToArray(), Is.All.InRange(0, 1));
    }

    [Test]
    public void ProgressCountsForwardPassesAndCancellationStops()
    {
        Occlusion occlusion = new(TinyData.Network());
        List<int> reports = [];
        using CancellationTokenSource cancellation = new();
        occlusion.Explain(Input, progress: new Direct(reports.Add));
        Assert.That(reports, Is.Ordered.Ascending.And.Not.Empty);
        Assert.That(reports[^1], Is.EqualTo(122));
        Assert.That(() => occlusion.Explain(Input, progress: new Direct(_ => cancellation.Cancel()), cancellationToken: cancellation.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void InvalidArgumentsThrow()
    {
        Assert.That(() => new Occlusion(TinyData.Network().Train()), Throws.ArgumentException.With.Message.Contains("Eval()"));
        Assert.That(() => new Occlusion(TinyData.Network(), patchSize: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Occlusion(TinyData.Network(), stride: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Occlusion occlusion = new(TinyData.Network());
        Assert.That(() => occlusion.Explain(Input, classIndex: -1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("class -1 is out of range"));
        Assert.That(() => occlusion.Explain(Tensor.Zeros([2, 3, 32, 32])), Throws.TypeOf<ShapeMismatchException>());
    }

    private static double Probability(ResNet network, Tensor input)
    {
        double[] powers = Array.ConvertAll(network.Forward(input).ReadOnlySpan.ToArray(), logit => Math.Exp(logit));
        return powers[2] / powers.Sum();
    }

    private sealed class Direct(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
