using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Layout;

/// <summary>Converts row-major NCHW to blocks and back. Features [N, C] are one image of one row, whose pixels are the rows of the matrix.</summary>
internal static unsafe class LayoutConversion
{
    /// <summary>NCHW to blocks; channels that pad the last block become 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(float* source, int images, BlockedLayout layout, float* target, WorkShare share)
    {
        int area = layout.Size.Area, width = layout.Size.Width, size = layout.BlockSize;
        (int plane, int end) = share.Of(images * layout.Blocks);
        for (; plane < end; plane++)
        {
            (int image, int block) = Math.DivRem(plane, layout.Blocks);
            int channels = Math.Min(size, layout.Channels - block * size);
            float* from = source + ((nint)image * layout.Channels + block * size) * area;
            float* to = target + (nint)image * layout.ImageStride + (nint)block * layout.PlaneStride + layout.Origin;
            for (int h = 0; h < layout.Size.Height; h++, from += width, to += layout.RowStride)
            {
                if (size == 1)
                {
                    Unsafe.CopyBlockUnaligned(to, from, (uint)width * sizeof(float));
                    continue;
                }
                for (int c = 0; c < size; c++)
                {
                    float* row = from + (nint)c * area;
                    if (c < channels) for (int w = 0; w < width; w++) to[w * size + c] = row[w];
                    else for (int w = 0; w < width; w++) to[w * size + c] = 0f;
                }
            }
        }
    }

    /// <summary>Blocks to NCHW.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack(float* source, int images, BlockedLayout layout, float* target, WorkShare share)
    {
        int area = layout.Size.Area, width = layout.Size.Width, size = layout.BlockSize;
        (int plane, int end) = share.Of(images * layout.Channels);
        for (; plane < end; plane++)
        {
            (int image, int channel) = Math.DivRem(plane, layout.Channels);
            float* from = source + (nint)image * layout.ImageStride + channel / size * (nint)layout.PlaneStride + layout.Origin + channel % size;
            float* to = target + (nint)plane * area;
            for (int h = 0; h < layout.Size.Height; h++, from += layout.RowStride)
                for (int w = 0; w < width; w++) *to++ = from[w * size];
        }
    }

    /// <summary>A matrix [N, C] to blocks <c>[C / 16][N][16]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackFeatures(float* source, BlockedLayout layout, float* target, WorkShare share)
    {
        int rows = layout.Size.Width, padded = layout.Blocks * ChannelBlock.Size;
        (int row, int end) = share.Of(rows);
        for (; row < end; row++)
        {
            float* to = target + layout.Offset(0, row);
            for (int c = 0; c < padded; c++)
            {
                to[c / ChannelBlock.Size * (nint)layout.PlaneStride + c % ChannelBlock.Size] =
                    c < layout.Channels ? source[(nint)row * layout.Channels + c] : 0f;
            }
        }
    }

    /// <summary>Blocks <c>[C / 16][N][16]</c> to a matrix [N, C].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void UnpackFeatures(float* source, BlockedLayout layout, float* target, WorkShare share)
    {
        int rows = layout.Size.Width;
        (int row, int end) = share.Of(rows);
        for (; row < end; row++)
        {
            float* to = target + (nint)row * layout.Channels;
            for (int block = 0; block < layout.Blocks; block++)
            {
                float* from = source + (nint)block * layout.PlaneStride + layout.Offset(0, row);
                uint channels = (uint)Math.Min(ChannelBlock.Size, layout.Channels - block * ChannelBlock.Size);
                Unsafe.CopyBlockUnaligned(to + block * ChannelBlock.Size, from, channels * sizeof(float));
            }
        }
    }
}
