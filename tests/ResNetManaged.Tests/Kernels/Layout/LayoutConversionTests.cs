using NUnit.Framework;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Kernels.Layout;

public sealed unsafe class LayoutConversionTests
{
    private static readonly int[] ThreadCounts = [1, 2, 3, 5];

    private static readonly (int Images, int Channels, Size2D Size)[] Sizes =
        [(1, 3, (7, 9)), (2, 16, (4, 4)), (3, 17, (5, 1)), (2, 40, (1, 1)), (1, 1, (2, 33)), (1, 16, (32, 2))];

    [Test]
    public void PackingThenUnpackingGivesTheSameImages([Values(1, 16)] int blockSize)
    {
        foreach ((int images, int channels, Size2D size) in Sizes)
            foreach (int threads in ThreadCounts)
            {
                string what = $"{images} images of {channels} channels, {size}, {threads} threads";
                BlockedLayout layout = new(channels, size, new Halo(1, 2, 3, 1), blockSize);
                float[] x = Numbers.Random(images * channels * size.Area, 1);
                PinnedMemory source = new(x), rows = new(x.Length);
                BlockedImages blocked = new(layout, images);
                ForEach(threads, share => LayoutConversion.Pack(source.Pointer, images, layout, blocked.Pointer, share));
                Close.AssertSameBits(blocked.Written(what), x, what);
                ForEach(threads, share => LayoutConversion.Unpack(blocked.Pointer, images, layout, rows.Pointer, share));
                rows.AssertIntact(what);
                Close.AssertSameBits(rows.Span, x, what);
            }
    }

    [Test]
    public void PackingThenUnpackingGivesTheSameFeatures([Values(1, 2, 5, 64)] int rows, [Values(1, 16, 17, 100)] int features)
    {
        foreach (int threads in ThreadCounts)
        {
            string what = $"{rows} rows of {features}, {threads} threads";
            BlockedLayout layout = new(features, (1, rows), default);
            float[] x = Numbers.Random(rows * features, 1);
            PinnedMemory source = new(x), matrix = new(x.Length);
            BlockedImages blocked = new(layout, 1);
            ForEach(threads, share => LayoutConversion.PackFeatures(source.Pointer, layout, blocked.Pointer, share));
            float[] columns = blocked.Written(what);
            for (int i = 0; i < x.Length; i++) Assert.That(columns[i % features * rows + i / features], Is.EqualTo(x[i]), what);
            ForEach(threads, share => LayoutConversion.UnpackFeatures(blocked.Pointer, layout, matrix.Pointer, share));
            matrix.AssertIntact(what);
            Close.AssertSameBits(matrix.Span, x, what);
        }
    }

    private static void ForEach(int threads, Action<WorkShare> run)
    {
        for (int thread = 0; thread < threads; thread++) run(new WorkShare(thread, threads));
    }
}
