using NUnit.Framework;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Kernels.Convolution;

public sealed class ConvGeometryTests
{
    [TestCase(224, 7, 2, 3, 1, 112)]
    [TestCase(56, 3, 1, 1, 1, 56)]
    [TestCase(56, 3, 2, 1, 1, 28)]
    [TestCase(55, 3, 2, 1, 1, 28)]
    [TestCase(56, 1, 2, 0, 1, 28)]
    [TestCase(9, 3, 1, 0, 4, 1)]
    public void OutputSizeMatchesPyTorch(int input, int kernel, int stride, int padding, int dilation, int output) =>
        Assert.That(new ConvGeometry(1, 1, input, 1, kernel, stride, padding, dilation, 1).Output, Is.EqualTo((Size2D)output));

    [TestCase(224, 7, 2, 2, 3, 112)] // TensorFlow's SAME: the odd zero goes to the end
    [TestCase(9, 3, 2, 0, 1, 4)]
    [TestCase(9, 2, 1, 1, 0, 9)]
    public void PaddingBeforeAndAfterAddUp(int input, int kernel, int stride, int before, int after, int output)
    {
        Padding2D vertical = new(before, 0, after, 0), horizontal = new(0, before, 0, after);
        Assert.That(new ConvGeometry(1, 1, (input, 1), 1, (kernel, 1), (stride, 1), vertical, 1, 1).Output, Is.EqualTo(new Size2D(output, 1)));
        Assert.That(new ConvGeometry(1, 1, (1, input), 1, (1, kernel), (1, stride), horizontal, 1, 1).Output, Is.EqualTo(new Size2D(1, output)));
    }

    [Test]
    public void RejectsParametersThatAreTooSmall()
    {
        Assert.That(() => new ConvGeometry(1, 1, 8, 1, 3, (0, 1), 0, 1, 1), Throws.TypeOf<ArgumentOutOfRangeException>()
            .With.Message.Contains("stride is 0; it must be at least 1"));
        Assert.That(() => new ConvGeometry(1, 1, 8, 1, 3, 1, 0, (1, 0), 1), Throws.TypeOf<ArgumentOutOfRangeException>()
            .With.Message.Contains("dilation is 0"));
        Assert.That(() => new ConvGeometry(1, 1, 8, 1, 3, 1, -1, 1, 1), Throws.TypeOf<ArgumentOutOfRangeException>()
            .With.Message.Contains("padding is -1; it must be at least 0"));
        Assert.That(() => new ConvGeometry(1, 1, 8, 1, 3, 1, new Padding2D(0, 0, 0, -2), 1, 1), Throws.TypeOf<ArgumentOutOfRangeException>()
            .With.Message.Contains("padding is -2; it must be at least 0"));
        Assert.That(() => new ConvGeometry(1, 1, 8, 1, 0, 1, 0, 1, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ConvGeometry(1, 1, 8, 1, 3, 1, 0, 1, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ConvGeometry(-1, 1, 8, 1, 3, 1, 0, 1, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void RejectsChannelCountsNotDivisibleByGroups() =>
        Assert.That(() => new ConvGeometry(1, 6, 8, 8, 3, 1, 1, 1, 4), Throws.TypeOf<ShapeMismatchException>()
            .With.Message.EqualTo("Convolution: 6 input and 8 output channels must both be divisible by groups=4."));

    [Test]
    public void RejectsAKernelLargerThanThePaddedInput() =>
        Assert.That(() => new ConvGeometry(1, 1, 4, 1, 3, 1, 1, 3, 1), Throws.TypeOf<ShapeMismatchException>()
            .With.Message.EqualTo("Convolution: kernel size 3 with dilation 3 spans 7 pixels; the input of size 4 with padding 1 has only 6."));

    [Test]
    public void TheErrorNamesBothPaddingsIfTheyDiffer() =>
        Assert.That(() => new ConvGeometry(1, 1, 4, 1, 3, 1, new Padding2D(0, 0, 2, 2), 3, 1), Throws.TypeOf<ShapeMismatchException>()
            .With.Message.EqualTo("Convolution: kernel size 3 with dilation 3 spans 7 pixels; the input of size 4 with padding 0 before and 2 after has only 6."));

    [Test]
    public void RejectsMoreElementsThanAnArrayCanHold()
    {
        Assert.That(() => new ConvGeometry(1000, 64, 1000, 1, 1, 1, 0, 1, 1), Throws.TypeOf<ShapeMismatchException>()
            .With.Message.StartsWith("Convolution input [1000, 64, 1000, 1000] has more elements"));
        Assert.That(() => new ConvGeometry(1, 1, 1, 1, 1, 1, int.MaxValue, 1, 1), Throws.TypeOf<ShapeMismatchException>());
    }
}
