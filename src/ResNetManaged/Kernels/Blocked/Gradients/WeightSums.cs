using System.Runtime.CompilerServices;

namespace ResNetManaged.Kernels;

/// <summary>The sums of a pair of a panel of output channels and a block of input channels: <c>[kernel element][channel of the block][lane]</c>.</summary>
internal static unsafe class WeightSums
{
    /// <summary>Writes a pair's sums where OIHW has them.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="panels">How its channels are cut.</param>
    /// <param name="panel">The pair's panel.</param>
    /// <param name="block">The pair's block.</param>
    /// <param name="sums">The sums.</param>
    /// <param name="result">The gradient of all weights.</param>
    /// <param name="accumulate">Whether they are added to what is there.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Write(in ConvGeometry geometry, ConvPanels panels, in ConvPanel panel, int block, float* sums, float* result, bool accumulate)
    {
        int width = panel.Vectors * panels.Lanes, area = geometry.Kernel.Area, blockSize = panels.BlockSize, tapStep = blockSize * width;
        int inGroup = geometry.InChannels / geometry.Groups, outGroup = geometry.OutChannels / geometry.Groups;
        int lanes = Math.Min(width, geometry.OutChannels - panel.FirstChannel);
        for (int lane = 0; lane < lanes; lane++)
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
}
