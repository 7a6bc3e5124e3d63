using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Pooling;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Quantized;

/// <summary>Pooling of bytes in blocks of 16, which are a 128-bit vector on every path.</summary>
internal static unsafe class QuantizedPooling
{
    /// <summary>The largest byte of each window; padding does not count.</summary>
    /// <param name="geometry">All sizes.</param>
    /// <param name="source">The images.</param>
    /// <param name="input">Their layout.</param>
    /// <param name="target">Receives the result.</param>
    /// <param name="output">Its layout.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Max(in PoolGeometry geometry, byte* source, BlockedLayout input, byte* target, BlockedLayout output, WorkShare share)
    {
        int height = geometry.Output.Height, right = geometry.Dilation.Width * ChannelBlock.Size;
        (int row, int endRow) = share.Of(geometry.Batch * output.Blocks * height);
        for (; row < endRow; row++)
        {
            (int plane, int h) = Math.DivRem(row, height);
            (int firstRow, int endInput) = geometry.InsideRows(h);
            byte* from = source + plane * (nint)input.PlaneStride, to = target + plane * (nint)output.PlaneStride + output.Offset(h, 0);
            for (int w = 0; w < geometry.Output.Width; w++, to += ChannelBlock.Size)
            {
                (int first, int end) = geometry.InsideColumns(w);
                Vector128<byte> maximum = Vector128<byte>.Zero;
                for (int r = firstRow; r < endInput; r += geometry.Dilation.Height)
                {
                    byte* pixel = from + input.Offset(r, first), last = from + input.Offset(r, end);
                    for (; pixel < last; pixel += right) maximum = Vector128.Max(maximum, Vector128.Load(pixel));
                }
                maximum.Store(to);
            }
        }
    }

    /// <summary>The mean of each plane: sum * factor + shift, rounded to the nearest byte, ties to even.</summary>
    /// <param name="images">The number of images.</param>
    /// <param name="source">The images.</param>
    /// <param name="input">Their layout.</param>
    /// <param name="target">Receives the means.</param>
    /// <param name="pixels">Where each image's means are.</param>
    /// <param name="factor">The factor of a sum.</param>
    /// <param name="shift">What is added to the product.</param>
    /// <param name="range">How the result's bytes stand for numbers.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mean(int images, byte* source, BlockedLayout input, byte* target, PixelOfImage pixels, float factor, float shift,
        QuantizedRange range, WorkShare share)
    {
        uint* sums = stackalloc uint[ChannelBlock.Size];
        (int plane, int end) = share.Of(images * input.Blocks);
        for (; plane < end; plane++)
        {
            Sum(source + plane * (nint)input.PlaneStride, input, sums);
            (int image, int block) = Math.DivRem(plane, input.Blocks);
            byte* mean = target + pixels.Offset(image, block);
            for (int c = 0; c < ChannelBlock.Size; c++)
            {
                float product = (float)(int)sums[c] * factor;
                mean[c] = (byte)(MathF.Round(Math.Clamp(product + shift, -range.ZeroPoint, range.Max - range.ZeroPoint)) + range.ZeroPoint);
            }
        }
    }

    /// <summary>The sums of a plane's channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum(byte* plane, BlockedLayout layout, uint* sums)
    {
        Vector128<uint> a = default, b = default, c = default, d = default;
        for (int h = 0; h < layout.Size.Height; h++)
        {
            byte* pixel = plane + layout.Offset(h, 0);
            for (int w = 0; w < layout.Size.Width; w++, pixel += ChannelBlock.Size)
            {
                (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Load(pixel));
                a += Vector128.WidenLower(low);
                b += Vector128.WidenUpper(low);
                c += Vector128.WidenLower(high);
                d += Vector128.WidenUpper(high);
            }
        }
        a.Store(sums);
        b.Store(sums + 4);
        c.Store(sums + 8);
        d.Store(sums + 12);
    }
}
