using NUnit.Framework;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Layout;

public sealed unsafe class BlockedLayoutTests
{
    private const float Pixel = 7;

    [Test]
    public void ClearingTheHaloZeroesOnlyThePixelsAroundTheGivenPlanes(
        [Values(1, 16)] int blockSize, [Values("0 0 0 0", "1 1 1 1", "3 2 0 1", "0 0 2 0", "0 1 0 0", "2 0 0 0")] string halo, [Values(1, 6, 32)] int side)
    {
        int[] parts = [.. halo.Split(' ').Select(int.Parse)];
        BlockedLayout layout = new(40, (side, side + 1), new Halo(parts[0], parts[1], parts[2], parts[3]), blockSize);
        const int Images = 2, First = 1;
        int planes = Images * layout.Blocks, end = planes - 1;
        PinnedMemory memory = new(Images * layout.ImageStride);
        HashSet<int> pixels = [];
        for (int plane = 0; plane < planes; plane++)
            for (int h = 0; h < layout.Size.Height; h++)
                for (int i = 0; i < layout.Size.Width * blockSize; i++)
                    pixels.Add(plane * layout.PlaneStride + (parts[0] + h) * layout.RowStride + parts[1] * blockSize + i);
        foreach (int pixel in pixels) memory.Span[pixel] = Pixel;

        layout.ClearHalo(memory.Pointer, First, end);

        memory.AssertIntact(halo);
        for (int i = 0; i < memory.Length; i++)
        {
            (int plane, int inPlane) = Math.DivRem(i, layout.PlaneStride);
            float value = memory.Span[i];
            bool around = inPlane < (parts[0] + layout.Size.Height + parts[2]) * layout.RowStride; // not the gap between planes
            if (pixels.Contains(i)) Assert.That(value, Is.EqualTo(Pixel), $"pixel {i}");
            else if (plane < First || plane >= end) Assert.That(PinnedMemory.IsPoison(value), $"plane {plane} must not be cleared");
            else if (around && halo != "0 0 0 0") Assert.That(value, Is.Zero, $"float {i}");
        }
    }

    [Test]
    public void PlanesAreNeverAMultipleOf4KiBApart([Values(1, 16)] int blockSize)
    {
        for (int side = 1; side < 70; side++)
            Assert.That(new BlockedLayout(64, side, default, blockSize).PlaneStride * sizeof(float) % 4096, Is.Not.Zero, $"{side}");
    }

    [TestCase(7, 7, 3, 1, 1, 1, "1 1 1 1")]
    [TestCase(8, 8, 3, 2, 1, 1, "1 1 0 0")] // the last window ends at the last pixel
    [TestCase(9, 9, 3, 2, 1, 1, "1 1 1 1")]
    [TestCase(224, 224, 7, 2, 3, 1, "3 3 2 2")]
    [TestCase(5, 9, 1, 3, 0, 1, "0 0 0 0")]
    [TestCase(6, 6, 3, 1, 2, 2, "2 2 2 2")]
    public void AHaloContainsThePixelsThatAConvolutionReadsOutside(int height, int width, int kernel, int stride, int padding, int dilation, string expected)
    {
        ConvGeometry g = new(1, 1, (height, width), 1, kernel, stride, padding, dilation, 1);
        Halo halo = Halo.Of(g.Input, g.Output, (int)Window.Span(kernel, dilation), stride, padding);
        Assert.That($"{halo.Top} {halo.Left} {halo.Bottom} {halo.Right}", Is.EqualTo(expected));
    }
}
