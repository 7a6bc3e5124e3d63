using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Quantized;

/// <summary>Floats to bytes and back, and sums of bytes. Each product and sum is rounded, never fused, so results are the same on every width.</summary>
internal static unsafe class QuantizedElementwise<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Blocks of floats to blocks of bytes: x / scale, limited and rounded. A number that is not finite gives any byte.</summary>
    public static void Quantize(int images, float* source, BlockedLayout input, byte* target, BlockedLayout output, QuantizedRange range, WorkShare share)
    {
        (int row, int end) = share.Of(images * output.Blocks * output.Size.Height);
        for (; row < end; row++)
        {
            (int plane, int h) = Math.DivRem(row, output.Size.Height);
            Quantize(source + plane * (nint)input.PlaneStride + input.Offset(h, 0), target + plane * (nint)output.PlaneStride + output.Offset(h, 0),
                output.Size.Width * ChannelBlock.Size, range);
        }
    }

    /// <summary>Row-major images to one block of four bytes per pixel, or as many blocks of 16 as needed; channels that pad a block stand for 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void QuantizeRows(int images, float* source, byte* target, BlockedLayout output, QuantizedRange range, WorkShare share)
    {
        int size = output.BlockSize, width = output.Size.Width, area = output.Size.Area;
        int padded = Sizes.RoundUp(width, ChannelBlock.Size);
        float* values = stackalloc float[ChannelBlock.Size];
        byte* bytes = stackalloc byte[ChannelBlock.Size];
        (int row, int end) = share.Of(images * output.Blocks * output.Size.Height);
        for (; row < end; row++)
        {
            (int plane, int h) = Math.DivRem(row, output.Size.Height);
            (int image, int block) = Math.DivRem(plane, output.Blocks);
            byte* to = target + plane * (nint)output.PlaneStride + output.Offset(h, 0);
            for (int c = 0; c < size; c++)
            {
                int channel = block * size + c;
                float* from = source + ((nint)image * output.Channels + channel) * area + (nint)h * width;
                for (int w = 0; w < padded; w += ChannelBlock.Size)
                {
                    int count = Math.Min(ChannelBlock.Size, width - w);
                    for (int i = 0; i < ChannelBlock.Size; i++) values[i] = i < count && channel < output.Channels ? from[w + i] : 0;
                    Quantize(values, bytes, ChannelBlock.Size, range);
                    for (int i = 0; i < count; i++) to[(w + i) * size + c] = bytes[i];
                }
            }
        }
    }

    /// <summary>Blocks of bytes to blocks of floats: (q - zero point) * scale.</summary>
    public static void Dequantize(int images, byte* source, BlockedLayout input, float* target, BlockedLayout output, QuantizedRange range, WorkShare share)
    {
        TVector zero = TSimd.Create(range.ZeroPoint), scale = TSimd.Create(range.Scale);
        (int row, int end) = share.Of(images * output.Blocks * output.Size.Height);
        for (; row < end; row++)
        {
            (int plane, int h) = Math.DivRem(row, output.Size.Height);
            byte* from = source + plane * (nint)input.PlaneStride + input.Offset(h, 0);
            float* to = target + plane * (nint)output.PlaneStride + output.Offset(h, 0);
            for (int i = 0; i < output.Size.Width * ChannelBlock.Size; i += TSimd.Lanes)
                TSimd.Store(TSimd.Multiply(TSimd.Subtract(TSimd.LoadBytes(from + i), zero), scale), to + i);
        }
    }

    /// <summary>The sum of two images: x * factors.X + y * factors.Y + shift, limited and rounded.</summary>
    public static void Add(int images, (nint Pointer, BlockedLayout Layout) x, (nint Pointer, BlockedLayout Layout) y, byte* target, BlockedLayout output,
        (float X, float Y, float Shift) factors, (float Low, float High, int ZeroPoint) limits, WorkShare share)
    {
        TVector factorX = TSimd.Create(factors.X), factorY = TSimd.Create(factors.Y), shift = TSimd.Create(factors.Shift);
        TVector low = TSimd.Create(limits.Low), high = TSimd.Create(limits.High);
        (int row, int end) = share.Of(images * output.Blocks * output.Size.Height);
        for (; row < end; row++)
        {
            (int plane, int h) = Math.DivRem(row, output.Size.Height);
            byte* left = (byte*)x.Pointer + plane * (nint)x.Layout.PlaneStride + x.Layout.Offset(h, 0);
            byte* right = (byte*)y.Pointer + plane * (nint)y.Layout.PlaneStride + y.Layout.Offset(h, 0);
            byte* to = target + plane * (nint)output.PlaneStride + output.Offset(h, 0);
            for (int i = 0; i < output.Size.Width * ChannelBlock.Size; i += TSimd.Lanes)
            {
                TVector sum = TSimd.Add(TSimd.Multiply(TSimd.LoadBytes(left + i), factorX), shift);
                sum = TSimd.Add(sum, TSimd.Multiply(TSimd.LoadBytes(right + i), factorY));
                TSimd.StoreBytes(TSimd.Clamp(sum, low, high), limits.ZeroPoint, to + i);
            }
        }
    }

    /// <summary>Quantizes a multiple of 16 floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quantize(float* source, byte* target, int length, QuantizedRange range)
    {
        TVector scale = TSimd.Create(range.Scale), low = TSimd.Create(-range.ZeroPoint), high = TSimd.Create(range.Max - range.ZeroPoint);
        for (int i = 0; i < length; i += TSimd.Lanes)
            TSimd.StoreBytes(TSimd.Clamp(TSimd.Divide(TSimd.Load(source + i), scale), low, high), range.ZeroPoint, target + i);
    }
}
