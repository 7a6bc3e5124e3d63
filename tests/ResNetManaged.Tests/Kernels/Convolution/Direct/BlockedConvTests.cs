using NUnit.Framework;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Convolution.Direct;

public sealed class BlockedConvTests
{
    private const int Seed = 1809;

    private static readonly int[] ThreadCounts = [1, 2, 3, 5];

    private static readonly ConvGeometry[] Geometries =
    [
        new(1, 3, 23, 16, 7, 2, 3, 1, 1), // the stem
        new(2, 16, 14, 32, 3, 1, 1, 1, 1),
        new(1, 64, 7, 40, 3, 1, 1, 1, 1), // rows of 7; the last block of outputs is half full
        new(3, 17, 9, 12, 3, 2, 1, 1, 1), // one channel more than a block
        new(2, 40, 8, 24, 1, 1, 0, 1, 1),
        new(2, 33, 9, 48, 1, 2, 0, 1, 1),
        new(2, 5, 6, 7, 1, 1, 1, 1, 1), // windows entirely in the padding
        new(1, 64, 10, 64, 3, 1, 1, 1, 16), // groups of four, as in ResNeXt
        new(2, 64, 10, 64, 3, 2, 1, 1, 8), // groups of eight
        new(1, 96, 6, 96, 3, 1, 1, 1, 3), // groups of two blocks
        new(1, 30, 6, 20, 3, 1, 1, 1, 10), // groups of three that straddle blocks
        new(1, 35, 5, 25, 3, 1, 1, 1, 5), // groups of seven and five
        new(2, 24, 8, 24, 3, 1, 1, 1, 24), // depthwise
        new(1, 20, 8, 40, 3, 2, 1, 1, 20), // depthwise with a multiplier
        new(1, 18, 17, 5, 3, 1, 2, 2, 1), // dilated
        new(1, 16, 12, 16, 3, 3, 4, 3, 2),
        new(1, 16, 15, 16, 5, 1, 2, 1, 1),
        new(1, 3, (5, 31), 4, (1, 5), (1, 2), (0, 2), 1, 1),
        new(1, 19, (31, 5), 4, (5, 1), (2, 1), (2, 0), 1, 1),
        new(2, 17, 9, 12, 3, 2, new Padding2D(0, 0, 1, 1), 1, 1), // TensorFlow's SAME
        new(1, 20, (7, 6), 18, (2, 3), 1, new Padding2D(0, 2, 1, 0), 1, 2), // an even kernel
        new(1, 2, 1, 3, 3, 1, 1, 1, 1), // one pixel, mostly padding
        new(1, 2, (1, 60), 3, (1, 60), 1, 0, 1, 1), // one output
        new(7, 48, (1, 1), 100, 1, 1, 0, 1, 1),
        new(1, 70, (1, 9), 150, 1, 1, 0, 1, 1), // a linear layer of nine rows
    ];

    [Test]
    public void EqualsTheDefinition([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [ValueSource(nameof(Geometries))] object geometry)
    {
        ConvGeometry g = (ConvGeometry)geometry;
        Check(path, g, ChannelBlock.Size, added: false, relu: false);
        Check(path, g, ChannelBlock.Size, added: true, relu: true);
        if (g.Groups == 1 && g.Dilation.Width == 1) Check(path, g, blockSize: 1, added: g.Batch > 1, relu: false);
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void EqualsTheDefinitionForRandomGeometries(SimdPath path)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        int[] sides = [1, 2, 3, 5, 7], groupCounts = [1, 1, 1, 2, 3, 4, 8];
        for (int i = 0; i < 60; i++)
        {
            int groups = groupCounts[random.Next(groupCounts.Length)];
            bool planes = groups == 1 && random.Next(4) == 0;
            Size2D kernel = (sides[random.Next(5)], sides[random.Next(5)]);
            Size2D dilation = (random.Next(1, 3), planes ? 1 : random.Next(1, 3));
            Size2D input = ((kernel.Height - 1) * dilation.Height + random.Next(1, 9), (kernel.Width - 1) * dilation.Width + random.Next(1, 17));
            ConvGeometry geometry = new(random.Next(1, 4), groups * random.Next(1, 40 / groups), input, groups * random.Next(1, 60 / groups), kernel,
                (random.Next(1, 4), random.Next(1, 4)), RandomPadding.Next(random, 3, 3), dilation, groups);
            Check(path, geometry, planes ? 1 : ChannelBlock.Size, random.Next(2) == 0, random.Next(2) == 0);
        }
    }

    private static void Check(SimdPath path, ConvGeometry geometry, int blockSize, bool added, bool relu) =>
        SimdDispatch.Run(path, new Comparison(geometry, blockSize, added, relu, $"{path}, blocks of {blockSize}, added {added}, ReLU {relu}, {geometry}"));

    private readonly unsafe struct Comparison(ConvGeometry g, int blockSize, bool added, bool relu, string what) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            float[] x = Numbers.Random(g.InputLength, 1), weight = Numbers.Random(g.WeightLength, 2), bias = Numbers.Random(g.OutChannels, 3);
            float[] residual = added ? Numbers.Random(g.OutputLength, 4) : [];
            ReferenceSum expected = ReferenceConv.Forward(g, x, weight, bias);
            ReferenceConv.Finish(expected, residual, relu);

            Size2D span = ((int)Window.Span(g.Kernel.Height, g.Dilation.Height), (int)Window.Span(g.Kernel.Width, g.Dilation.Width));
            Halo read = Halo.Of(g.Input, g.Output, span, g.Stride, g.Padding);
            BlockedLayout from = new(g.InChannels, g.Input, BlockedImages.Wider(read), blockSize);
            BlockedLayout to = new(g.OutChannels, g.Output, new Halo(1, 2, 0, 1)), other = new(g.OutChannels, g.Output, new Halo(2, 0, 1, 1));
            BlockedConv<TSimd, TVector> kernel = new(g, from, to, other, relu);
            PinnedMemory weights = new(kernel.Panels.WeightLength), biases = new(kernel.Panels.BiasLength);
            kernel.Panels.Pack(g, weight, Enumerable.Repeat(1.0, g.OutChannels).ToArray(), weights.Span);
            weights.AssertIntact(what);
            biases.Span.Clear();
            bias.CopyTo(biases.Span);
            BlockedImages input = new(from, g.Batch, x, read);
            BlockedImages? summand = added ? new BlockedImages(other, g.Batch, residual) : null;

            float[]? one = null;
            foreach (int threads in ThreadCounts)
            {
                BlockedImages output = new(to, g.Batch);
                for (int thread = 0; thread < threads; thread++)
                {
                    kernel.Run(input.Pointer, weights.Pointer, biases.Pointer, summand is null ? null : summand.Pointer, output.Pointer,
                        weights.Pointer, new WorkShare(thread, threads));
                }
                float[] y = output.Written(what);
                if (one is not null) Close.AssertSameBits(y, one, $"{threads} threads, {what}");
                one ??= y;
            }
            Close.AssertWithin(one, expected.Value, expected.Magnitude, Close.SumTolerance(g.Depth + 2), what); // plus bias and residual
            if (g.Batch == 1) return;
            ConvGeometry single = new(1, g.InChannels, g.Input, g.OutChannels, g.Kernel, g.Stride, g.Padding, g.Dilation, g.Groups);
            BlockedConv<TSimd, TVector> ofOne = new(single, from, to, other, relu);
            for (int n = 0; n < g.Batch; n++)
            {
                BlockedImages alone = new(to, 1);
                ofOne.Run(input.Image(n), weights.Pointer, biases.Pointer, summand is null ? null : summand.Image(n), alone.Pointer, weights.Pointer,
                    WorkShare.All);
                Close.AssertSameBits(alone.Written(what), one.AsSpan(n * single.OutputLength, single.OutputLength), $"image {n}, {what}");
            }
        }
    }
}
