using NUnit.Framework;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Tests.Kernels.Quantized;

/// <summary>Conversions, sums and pooling of bytes, against their definitions.</summary>
public sealed unsafe class QuantizedKernelTests
{
    private static readonly BlockedLayout Layout = new(20, (5, 7), new Halo(1, 2, 0, 1));

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void FloatsBecomeTheNearestBytesTiesToEven(SimdPath path) => SimdDispatch.Run(path, default(Conversions));

    [TestCaseSource(typeof(Rungs), nameof(Rungs.All))]
    public void SumsAreRoundedAndLimited(SimdPath path) => SimdDispatch.Run(path, default(Sums));

    [Test]
    public void TheMaximumOfEachWindowIgnoresPadding()
    {
        PoolGeometry geometry = new(2, 20, (5, 7), 3, 2, 1, 1, ceilMode: false);
        BlockedLayout output = new(20, geometry.Output, default);
        byte[] input = Bytes(2 * Layout.ImageStride, 255), result = new byte[2 * output.ImageStride];
        fixed (byte* x = input, y = result)
            for (int thread = 0; thread < 2; thread++) QuantizedPooling.Max(geometry, x, Layout, y, output, new WorkShare(thread, 2));
        for (int image = 0; image < 2; image++)
            for (int c = 0; c < 20; c++)
                for (int h = 0; h < geometry.Output.Height; h++)
                    for (int w = 0; w < geometry.Output.Width; w++)
                    {
                        int expected = 0;
                        for (int row = Math.Max(0, 2 * h - 1); row < Math.Min(5, 2 * h + 2); row++)
                            for (int column = Math.Max(0, 2 * w - 1); column < Math.Min(7, 2 * w + 2); column++) expected = Math.Max(expected, input[Offset(Layout, image, c, row, column)]);
                        Assert.That(result[Offset(output, image, c, h, w)], Is.EqualTo(expected));
                    }
    }

    [Test]
    public void TheMeanOfAPlaneIsRounded()
    {
        BlockedLayout output = new(20, (1, 1), default);
        byte[] input = Bytes(2 * Layout.ImageStride, 255), result = new byte[2 * output.ImageStride];
        const float factor = 0.5f / 35, shift = -3.25f;
        QuantizedRange range = new(1, 9, QuantizedRange.Max7Bits);
        fixed (byte* x = input, y = result)
            QuantizedPooling.Mean(2, x, Layout, y, new PixelOfImage(output, areFeatures: false), factor, shift, range, WorkShare.All);
        for (int image = 0; image < 2; image++)
        {
            for (int c = 0; c < 20; c++)
            {
                int sum = 0;
                for (int h = 0; h < 5; h++)
                    for (int w = 0; w < 7; w++) sum += input[Offset(Layout, image, c, h, w)];
                float product = sum * factor;
                int expected = (int)MathF.Round(Math.Clamp(product + shift, -9, 118), MidpointRounding.ToEven) + 9;
                Assert.That(result[Offset(output, image, c, 0, 0)], Is.EqualTo(expected));
            }
        }
    }

    [Test]
    public void TheHaloStandsForZero()
    {
        byte[] images = new byte[2 * Layout.ImageStride];
        fixed (byte* x = images) QuantizedHalo.Fill(x, Layout, zero: 7, firstPlane: 0, endPlane: 4);
        for (int image = 0; image < 2; image++)
            for (int c = 0; c < 20; c++)
                for (int h = -1; h < 5; h++)
                    for (int w = -2; w < 8; w++)
                    {
                        bool isInside = h >= 0 && w is >= 0 and < 7;
                        Assert.That(images[Offset(Layout, image, c, h, w)], Is.EqualTo(isInside ? 0 : 7), $"{h}, {w}");
                    }
    }

    private static byte[] Bytes(int count, int max)
    {
        Random random = new(5);
        return [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(max + 1))];
    }

    private static long Offset(BlockedLayout layout, int image, int channel, int row, int column) =>
        image * (long)layout.ImageStride + layout.ChannelOffset(channel) + layout.Offset(row, column);

    private readonly struct Conversions : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            QuantizedRange range = new(0.25f, 100, QuantizedRange.Max8Bits);
            float[] planes = new float[2 * 20 * 35], blocks = new float[2 * Layout.ImageStride], back = new float[blocks.Length];
            Random random = new(2);
            for (int i = 0; i < planes.Length; i++) planes[i] = random.Next(-250, 350) / 8f; // ties at every second eighth, and numbers beyond both ends
            byte[] fromBlocks = new byte[blocks.Length], fromRows = new byte[blocks.Length];
            fixed (float* rows = planes, x = blocks, y = back)
            {
                LayoutConversion.Pack(rows, 2, Layout, x, WorkShare.All);
                fixed (byte* b = fromBlocks, r = fromRows)
                {
                    for (int thread = 0; thread < 2; thread++)
                    {
                        WorkShare share = new(thread, 2);
                        QuantizedElementwise<TSimd, TVector>.Quantize(2, x, Layout, b, Layout, range, share);
                        QuantizedElementwise<TSimd, TVector>.QuantizeRows(2, rows, r, Layout, range, share);
                    }
                    QuantizedElementwise<TSimd, TVector>.Dequantize(2, b, Layout, y, Layout, range, WorkShare.All);
                }
            }
            for (int i = 0; i < planes.Length; i++)
            {
                long offset = Offset(Layout, i / 700, i / 35 % 20, i % 35 / 7, i % 7);
                int expected = (int)Math.Clamp(Math.Round(planes[i] / 0.25, MidpointRounding.ToEven) + 100, 0, 255);
                Assert.That((fromBlocks[offset], fromRows[offset]), Is.EqualTo(((byte)expected, (byte)expected)), $"{planes[i]}");
                Assert.That(back[offset], Is.EqualTo((expected - 100) * 0.25f));
            }
        }
    }

    private readonly struct Sums : ISimdAction
    {
        public void Invoke<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : struct
        {
            byte[] left = Bytes(2 * Layout.ImageStride, 255), right = Bytes(2 * Layout.ImageStride, 127), result = new byte[2 * Layout.ImageStride];
            fixed (byte* x = left, y = right, z = result)
            {
                QuantizedElementwise<TSimd, TVector>.Add(2, ((nint)x, Layout), ((nint)y, Layout), z, Layout, (0.5f, 0.75f, -20.5f), (0, 100, 13), WorkShare.All);
            }
            for (int i = 0; i < 1400; i++)
            {
                long offset = Offset(Layout, i / 700, i / 35 % 20, i % 35 / 7, i % 7);
                double sum = left[offset] * 0.5 - 20.5 + right[offset] * 0.75; // exact in float32 too
                Assert.That(result[offset], Is.EqualTo((int)Math.Round(Math.Clamp(sum, 0, 100), MidpointRounding.ToEven) + 13));
            }
        }
    }
}
