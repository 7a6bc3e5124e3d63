using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Convolution;

/// <summary>Convolutions to test gradients with.</summary>
internal static class GradientGeometries
{
    public static readonly ConvGeometry[] All =
    [
        new(2, 3, 23, 16, 7, 2, 3, 1, 1), // the stem
        new(3, 3, 12, 20, 3, 1, 1, 1, 1), // CIFAR's
        new(1, 16, (40, 41), 20, 3, 1, 1, 1, 1), // more pixels than a chunk
        new(11, 16, 5, 16, 3, 1, 1, 1, 1), // several images per chunk
        new(2, 64, 7, 40, 3, 1, 1, 1, 1),
        new(3, 17, 9, 12, 3, 2, 1, 1, 1),
        new(2, 40, 8, 24, 1, 1, 0, 1, 1),
        new(2, 33, 10, 48, 1, 2, 0, 1, 1),
        new(1, 260, (3, 4), 270, 1, 1, 0, 1, 1), // too many weights for partial sums
        new(2, 5, 6, 7, 1, 1, 1, 1, 1), // windows entirely in the padding
        new(1, 64, 10, 64, 3, 1, 1, 1, 16), // groups of four, as in ResNeXt
        new(2, 30, 7, 20, 3, 2, 1, 1, 10), // groups of three that straddle blocks
        new(2, 24, 8, 24, 3, 1, 1, 1, 24), // depthwise
        new(1, 20, 8, 40, 3, 2, 1, 1, 20), // depthwise with a multiplier
        new(1, 18, 17, 5, 3, 1, 2, 2, 1), // dilated
        new(1, 18, 17, 5, 3, 2, 2, 2, 1), // dilated and strided: phases without kernel elements
        new(1, 16, 12, 16, 3, 3, 4, 3, 2),
        new(1, 16, 15, 16, 5, 1, 2, 1, 1),
        new(1, 19, (31, 5), 4, (5, 1), (2, 1), (2, 0), 1, 1),
        new(2, 17, 9, 12, 3, 2, new Padding2D(0, 0, 1, 1), 1, 1), // TensorFlow's SAME
        new(1, 20, (7, 6), 18, (2, 3), 1, new Padding2D(0, 2, 1, 0), 1, 2), // an even kernel
        new(1, 2, 1, 3, 3, 2, 1, 1, 1), // one pixel, mostly padding
        new(1, 70, (1, 9), 150, 1, 1, 0, 1, 1), // a linear layer of nine rows
    ];

    /// <summary>A random geometry; if <paramref name="planes"/>, its input may have blocks of one channel.</summary>
    public static ConvGeometry Draw(Random random, out bool planes)
    {
        int[] sides = [1, 2, 3, 5, 7], groupCounts = [1, 1, 1, 2, 3, 4, 8];
        int groups = groupCounts[random.Next(groupCounts.Length)];
        planes = groups == 1 && random.Next(4) == 0;
        Size2D kernel = (sides[random.Next(5)], sides[random.Next(5)]);
        Size2D dilation = (random.Next(1, 3), planes ? 1 : random.Next(1, 3));
        Size2D input = ((kernel.Height - 1) * dilation.Height + random.Next(1, 9), (kernel.Width - 1) * dilation.Width + random.Next(1, 17));
        return new ConvGeometry(random.Next(1, 4), groups * random.Next(1, 40 / groups), input, groups * random.Next(1, 60 / groups), kernel,
            (random.Next(1, 4), random.Next(1, 4)), RandomPadding.Next(random, 3, 3), dilation, groups);
    }

    /// <summary>The halo that the forward pass reads around its input.</summary>
    public static Halo InputHalo(in ConvGeometry g) => Halo.Of(g.Input, g.Output,
        ((int)Window.Span(g.Kernel.Height, g.Dilation.Height), (int)Window.Span(g.Kernel.Width, g.Dilation.Width)), g.Stride, g.Padding);
}
