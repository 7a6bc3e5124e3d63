using NUnit.Framework;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Convolution.Depthwise;
using ResNetManaged.Kernels.Convolution.Direct;
using ResNetManaged.Kernels.Elementwise;
using ResNetManaged.Kernels.Elementwise.Activations;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Reference;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Convolution.Depthwise;

public sealed class DepthwiseConvTests
{
    private const int Seed = 1704;

    private static readonly int[] ThreadCounts = [1, 2, 3, 5];

    private static readonly ConvGeometry[] Geometries =
    [
        Depthwise(2, 24, 14, 3, 1, 1), // two tiles in a row
        Depthwise(1, 40, 7, 3, 1, 1), // one tile; the last block is half full
        Depthwise(3, 17, (9, 10), 3, 2, 1), // one channel more than a block; tiles of five
        Depthwise(1, 16, (3, 23), 5, 1, 2),
        Depthwise(2, 20, (10, 30), 5, 2, 2),
        Depthwise(1, 33, (8, 17), 7, 1, 3), // ConvNeXt's kernel
        Depthwise(1, 18, (9, 40), 7, 2, 3),
        Depthwise(1, 18, (17, 19), 3, 1, 2, 2), // dilated
        Depthwise(2, 5, (12, 13), 3, 3, 4, 3),
        Depthwise(1, 20, (7, 6), (2, 3), 1, new Padding2D(0, 2, 1, 0)), // an even kernel, uneven padding
        Depthwise(2, 17, (9, 12), 3, 2, new Padding2D(0, 0, 1, 1)), // TensorFlow's SAME
        Depthwise(1, 19, (31, 5), (5, 1), (2, 1), (2, 0)),
        Depthwise(1, 19, (5, 31), (1, 5), (1, 2), (0, 2)),
        Depthwise(1, 3, 1, 3, 1, 1), // one pixel, mostly padding
        Depthwise(2, 16, 4, 1, 1, 1), // windows entirely in the padding
        Depthwise(1, 160, (1, 7), (1, 9), 1, (0, 4)), // fewer rows than threads
    ];

    [Test]
    public void EqualsTheDefinition([ValueSource(typeof(Rungs), nameof(Rungs.All))] SimdPath path, [ValueSource(nameof(Geometries))] object geometry)
    {
        Check(path, (ConvGeometry)geometry, added: false, relu: false);
        Check(path, (ConvGeometry)geometry, added: true, relu: true);
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void EqualsTheDefinitionForRandomGeometries(SimdPath path)
    {
        TestContext.Out.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        int[] sides = [1, 2, 3, 4, 5, 7, 9];
        for (int i = 0; i < 60; i++)
        {
            Size2D kernel = (sides[random.Next(7)], sides[random.Next(7)]), dilation = (random.Next(1, 3), random.Next(1, 3));
            Size2D input = ((kernel.Height - 1) * dilation.Height + random.Next(1, 9), (kernel.Width - 1) * dilation.Width + random.Next(1, 33));
            ConvGeometry geometry = Depthwise(random.Next(1, 4), random.Next(2, 50), input, kernel, (random.Next(1, 4), random.Next(1, 4)),
                RandomPadding.Next(random, 3, 3), dilation);
            Check(path, geometry, random.Next(2) == 0, random.Next(2) == 0);
        }
    }

    [TestCaseSource(nameof(Geometries))]
    public void EveryWidthGivesTheSameBits(object geometry)
    {
        float[] scalar = Check(SimdPath.Scalar, (ConvGeometry)geometry, added: true, relu: false);
        foreach (SimdPath path in SimdDispatch.Accelerated)
            Close.AssertSameBits(Check(path, (ConvGeometry)geometry, added: true, relu: false), scalar, $"{path}, {geometry}");
    }

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void AnEpilogueIsAppliedToEachPixelOnce(SimdPath path)
    {
        foreach (object geometry in Geometries) SimdDispatch.Run(path, new Clipped((ConvGeometry)geometry));
    }

    private static ConvGeometry Depthwise(int batch, int channels, Size2D input, Size2D kernel, Size2D stride, Padding2D padding, Size2D? dilation = null) =>
        new(batch, channels, input, channels, kernel, stride, padding, dilation ?? 1, channels);

    private static float[] Check(SimdPath path, ConvGeometry geometry, bool added, bool relu)
    {
        float[] result = new float[geometry.OutputLength];
        SimdDispatch.Run(path, new Comparison(geometry, added, relu, $"{path}, added {added}, ReLU {relu}, {geometry}", result));
        return result;
    }

    /// <summary>Packed weights, biases and the input of a convolution.</summary>
    private sealed class Operands
    {
        public Operands(ConvGeometry g)
        {
            X = Numbers.Random(g.InputLength, 1);
            Weight = Numbers.Random(g.WeightLength, 2);
            Bias = Numbers.Random(g.OutChannels, 3);
            Size2D span = ((int)Window.Span(g.Kernel.Height, g.Dilation.Height), (int)Window.Span(g.Kernel.Width, g.Dilation.Width));
            Halo read = Halo.Of(g.Input, g.Output, span, g.Stride, g.Padding);
            From = new BlockedLayout(g.InChannels, g.Input, BlockedImages.Wider(read));
            To = new BlockedLayout(g.OutChannels, g.Output, new Halo(1, 2, 0, 1));
            Input = new BlockedImages(From, g.Batch, X, read);
            Biases = new PinnedMemory(To.Blocks * ChannelBlock.Size);
            Biases.Span.Clear();
            Bias.CopyTo(Biases.Span);
            Scale = [.. Enumerable.Repeat(1.0, g.OutChannels)];
        }

        public float[] X { get; }

        public float[] Weight { get; }

        public float[] Bias { get; }

        public double[] Scale { get; }

        public BlockedLayout From { get; }

        public BlockedLayout To { get; }

        public BlockedImages Input { get; }

        public PinnedMemory Biases { get; }
    }

    private readonly unsafe struct Comparison(ConvGeometry g, bool added, bool relu, string what, float[] result) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            Operands operands = new(g);
            float[] residual = added ? Numbers.Random(g.OutputLength, 4) : [];
            ReferenceSum expected = ReferenceConv.Forward(g, operands.X, operands.Weight, operands.Bias);
            ReferenceConv.Finish(expected, residual, relu);

            BlockedLayout other = new(g.OutChannels, g.Output, new Halo(2, 0, 1, 1));
            DepthwiseConv<TSimd, TVector> kernel = new(g, operands.From, operands.To, other, relu);
            kernel.Prepare();
            PinnedMemory weights = new(kernel.WeightLength);
            kernel.Pack(operands.Weight, operands.Scale, weights.Span);
            weights.AssertIntact(what);
            BlockedImages? summand = added ? new BlockedImages(other, g.Batch, residual) : null;
            bool isFirst = true;
            foreach (int threads in ThreadCounts)
            {
                BlockedImages output = new(operands.To, g.Batch);
                for (int thread = 0; thread < threads; thread++)
                {
                    kernel.Run(operands.Input.Pointer, weights.Pointer, operands.Biases.Pointer, summand is null ? null : summand.Pointer, output.Pointer,
                        new WorkShare(thread, threads));
                }
                float[] y = output.Written(what);
                if (!isFirst) Close.AssertSameBits(y, result, $"{threads} threads, {what}");
                y.CopyTo(result.AsSpan());
                isFirst = false;
            }
            Close.AssertWithin(result, expected.Value, expected.Magnitude, Close.SumTolerance(g.Depth + 2), what); // plus bias and residual
            BlockedConv<TSimd, TVector> grouped = new(g, operands.From, operands.To, other, relu);
            PinnedMemory groupedWeights = new(grouped.Panels.WeightLength);
            grouped.Panels.Pack(g, operands.Weight, operands.Scale, groupedWeights.Span);
            BlockedImages same = new(operands.To, g.Batch);
            grouped.Run(operands.Input.Pointer, groupedWeights.Pointer, operands.Biases.Pointer, summand is null ? null : summand.Pointer, same.Pointer,
                groupedWeights.Pointer, WorkShare.All);
            Close.AssertSameBits(result, same.Written(what), $"as a convolution in groups, {what}");
        }
    }

    /// <summary>The epilogue halves, so that a second application would show.</summary>
    private readonly unsafe struct Clipped(ConvGeometry g) : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            Operands operands = new(g);
            float[] plain = Run<TSimd, TVector>(operands, epilogue: null);
            float[] halved = Run<TSimd, TVector>(operands, new ActivationEpilogue<TSimd, TVector, LeakyReluFunction>(new LeakyReluFunction(0.5f)));
            Close.AssertSameBits(halved, Array.ConvertAll(plain, y => y > 0 ? y : 0.5f * y), $"{g}");
        }

        private float[] Run<TSimd, TVector>(Operands operands, ActivationEpilogue<TSimd, TVector, LeakyReluFunction>? epilogue)
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            DepthwiseConv<TSimd, TVector> kernel = new(g, operands.From, operands.To, operands.To, relu: false) { Epilogue = epilogue };
            PinnedMemory weights = new(kernel.WeightLength);
            kernel.Pack(operands.Weight, operands.Scale, weights.Span);
            BlockedImages output = new(operands.To, g.Batch);
            for (int thread = 0; thread < 3; thread++)
                kernel.Run(operands.Input.Pointer, weights.Pointer, operands.Biases.Pointer, null, output.Pointer, new WorkShare(thread, 3));
            return output.Written($"{g}");
        }
    }
}
