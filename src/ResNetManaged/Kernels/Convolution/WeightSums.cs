using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Convolution;

/// <summary>
/// The sums of one pair, a panel of output channels and a block of input channels: <c>[kernel element][channel of the block][lane]</c>.
/// </summary>
internal static unsafe class WeightSums
{
    /// <summary>Writes a pair's sums to their places in OIHW.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="panels">Its panels.</param>
    /// <param name="panel">The pair's panel.</param>
    /// <param name="block">The pair's block.</param>
    /// <param name="sums">The sums.</param>
    /// <param name="result">The gradient of all weights.</param>
    /// <param name="accumulate">Whether to add to what it holds.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write(in ConvGeometry geometry, ConvPanels panels, in ConvPanel panel, int block, float* sums, float* result, bool accumulate)
    {
        int width = panel.Vectors * panels.Lanes, area = geometry.Kernel.Area, blockSize = panels.BlockSize, tapStep = blockSize * width;
        int inGroup = geometry.InChannels / geometry.Groups, outGroup = geometry.OutChannels / geometry.Groups;
        int lanes = Math.Min(width, geometry.OutChannels - panel.FirstChannel), lane = 0;
        if (Sse.IsSupported && geometry.Groups == 1 && (block + 1) * blockSize <= inGroup && blockSize == ChannelBlock.Size)
        {
            for (; lane <= lanes - 4; lane += 4)
            {
                float* target = result + ((nint)(panel.FirstChannel + lane) * inGroup + block * blockSize) * area;
                WriteFour(sums + lane, width, area, target, (nint)inGroup * area, accumulate);
            }
        }
        for (; lane < lanes; lane++)
        {
            int channel = panel.FirstChannel + lane, firstInput = channel / outGroup * inGroup;
            int first = Math.Max(block * blockSize, firstInput), end = Math.Min((block + 1) * blockSize, firstInput + inGroup);
            float* target = result + ((nint)channel * inGroup + first - firstInput) * area;
            for (int i = first; i < end; i++)
            {
                float* source = sums + (i - block * blockSize) * width + lane;
                if (accumulate) for (int k = 0; k < area; k++, source += tapStep) *target++ += *source;
                else for (int k = 0; k < area; k++, source += tapStep) *target++ = *source;
            }
        }
    }

    /// <summary>Writes four lanes, four elements of each at a time, by transposing 4 x 4: twice as fast as one lane at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteFour(float* sums, int width, int area, float* target, nint targetStride, bool accumulate)
    {
        int element = 0;
        float* source = sums, channel = sums;
        for (int i = 0; i < ChannelBlock.Size * area; i += 4, target += 4)
        {
            Vector128<float> a = Next(ref source, ref channel, ref element, width, area), b = Next(ref source, ref channel, ref element, width, area);
            Vector128<float> c = Next(ref source, ref channel, ref element, width, area), d = Next(ref source, ref channel, ref element, width, area);
            Vector128<float> ab0 = Sse.UnpackLow(a, b), ab2 = Sse.UnpackHigh(a, b), cd0 = Sse.UnpackLow(c, d), cd2 = Sse.UnpackHigh(c, d);
            Store(Sse.MoveLowToHigh(ab0, cd0), target, accumulate);
            Store(Sse.MoveHighToLow(cd0, ab0), target + targetStride, accumulate);
            Store(Sse.MoveLowToHigh(ab2, cd2), target + 2 * targetStride, accumulate);
            Store(Sse.MoveHighToLow(cd2, ab2), target + 3 * targetStride, accumulate);
        }
    }

    /// <summary>Four lanes of the next element in OIHW.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Next(ref float* source, ref float* channel, ref int element, int width, int area)
    {
        Vector128<float> value = Vector128.Load(source);
        source += ChannelBlock.Size * width;
        if (++element == area)
        {
            element = 0;
            source = channel += width;
        }
        return value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<float> value, float* target, bool accumulate)
    {
        if (accumulate) value += Vector128.Load(target);
        value.Store(target);
    }
}
