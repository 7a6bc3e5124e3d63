using NUnit.Framework;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Tensors;

namespace ResNetManaged.Tests.Kernels.Pooling;

public sealed class PoolGeometryTests
{
    [Test]
    public void RejectsAnImageWithoutPixelsWhateverThePadding() => Assert.That(
        () => new PoolGeometry(1, 1, (0, 5), 2, 2, 1, 1, false),
        Throws.TypeOf<ShapeMismatchException>().With.Message.EqualTo("Pooling: input size is 0; it must be at least 1."));

    [TestCase(112, 3, 2, 1, 1, false, 56)]
    [TestCase(112, 3, 2, 0, 1, false, 55)]
    [TestCase(112, 3, 2, 0, 1, true, 56)]
    [TestCase(5, 2, 2, 0, 1, true, 3)]
    [TestCase(5, 2, 2, 1, 1, true, 3)] // a fourth window would start in the right padding
    [TestCase(4, 2, 3, 1, 1, true, 2)]
    [TestCase(2, 1, 2, 0, 1, true, 1)] // a second window would start past the input
    [TestCase(7, 2, 2, 0, 2, true, 3)]
    public void OutputSizeMatchesPyTorch(int input, int kernel, int stride, int padding, int dilation, bool ceilMode, int output) =>
        Assert.That(new PoolGeometry(1, 1, input, kernel, stride, padding, dilation, ceilMode).Output, Is.EqualTo((Size2D)output));

    [Test]
    public void MatchesPyTorchsFormulaForAllSmallSizes()
    {
        for (int input = 1; input <= 12; input++)
            for (int kernel = 1; kernel <= 4; kernel++)
                for (int stride = 1; stride <= 5; stride++)
                    for (int padding = 0; padding <= kernel / 2; padding++)
                    {
                        if (kernel > input + 2 * padding) continue;
                        // aten/src/ATen/native/Pool.h, pooling_output_shape
                        int expected = (input + 2 * padding - kernel + stride - 1) / stride + 1;
                        if ((expected - 1) * stride >= input + padding) expected--;
                        Assert.That(new PoolGeometry(1, 1, input, kernel, stride, padding, 1, ceilMode: true).Output.Height, Is.EqualTo(expected),
                            $"input {input}, kernel {kernel}, stride {stride}, padding {padding}");
                    }
    }

    [Test]
    public void RejectsPaddingOfMoreThanHalfTheWindow() =>
        Assert.That(() => new PoolGeometry(1, 1, 8, 3, 2, 2, 1, false), Throws.TypeOf<ShapeMismatchException>()
            .With.Message.EqualTo("Pooling: padding is 2; it must be at most half of the window, which spans 3 pixels."));

    [TestCase(0, 2)]
    [TestCase(2, 0)]
    public void RejectsPaddingOfMoreThanHalfTheWindowOnOneSide(int before, int after) =>
        Assert.That(() => new PoolGeometry(1, 1, 8, 3, 2, new Padding2D(before, 0, after, 0), 1, false), Throws.TypeOf<ShapeMismatchException>()
            .With.Message.Contains("Pooling: padding is 2; it must be at most half of the window, which spans 3 pixels."));

    [TestCase(112, 3, 2, 0, 1, false, 56)] // TensorFlow's SAME
    [TestCase(4, 2, 2, 1, 0, true, 3)] // a third window covers the last pixel
    [TestCase(5, 2, 2, 0, 1, true, 3)]
    [TestCase(4, 2, 2, 0, 1, true, 2)] // a third window would start in the padding after the plane
    public void PaddingBeforeAndAfterAddUp(int input, int kernel, int stride, int before, int after, bool ceilMode, int output) =>
        Assert.That(new PoolGeometry(1, 1, input, kernel, stride, new Padding2D(before, before, after, after), 1, ceilMode).Output,
            Is.EqualTo((Size2D)output));

    [Test]
    public void RejectsAWindowLargerThanTheInput() =>
        Assert.That(() => new PoolGeometry(1, 1, 2, 3, 1, 0, 1, false), Throws.TypeOf<ShapeMismatchException>());
}
