using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Convolution.Direct;

/// <summary>A convolution's weights as its data gradient needs them: a panel's lanes are input channels, its depth is output channels.</summary>
internal static unsafe class TransposedWeights
{
    /// <summary>Packs one panel: <c>[block of output channels][element][output channel of the block][lane]</c>.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="panels">The panels of its data gradient's convolution.</param>
    /// <param name="panel">One of them.</param>
    /// <param name="elements">The kernel elements to take, in order.</param>
    /// <param name="weight">OIHW.</param>
    /// <param name="packed">All panels' weights.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(in ConvGeometry geometry, ConvPanels panels, in ConvPanel panel, int[] elements, float* weight, float* packed)
    {
        int width = panel.Vectors * panels.Lanes, area = geometry.Kernel.Area, tapStep = ChannelBlock.Size * width;
        int inGroup = geometry.InChannels / geometry.Groups, outGroup = geometry.OutChannels / geometry.Groups;
        int endChannel = Math.Min(panel.FirstChannel + width, geometry.InChannels);
        float* place = packed + panel.Weights;
        for (int block = panel.FirstBlock; block < panel.FirstBlock + panel.Blocks; block++, place += elements.Length * tapStep)
        {
            for (int o = 0; o < ChannelBlock.Size; o++)
            {
                // The panel's input channels that are in this output channel's group.
                int output = block * ChannelBlock.Size + o, firstInput = output / outGroup * inGroup;
                int first = Math.Max(panel.FirstChannel, firstInput), end = Math.Min(endChannel, firstInput + inGroup);
                if (output >= geometry.OutChannels || end < first) first = end = panel.FirstChannel;
                float* kernels = weight + ((nint)output * inGroup + first - firstInput) * area, row = place + o * width;
                int before = first - panel.FirstChannel, count = end - first;
                for (int e = 0; e < elements.Length; e++, row += tapStep)
                {
                    if (count < width) new Span<float>(row, width).Clear();
                    float* source = kernels + elements[e], target = row + before;
                    if (area == 1) Unsafe.CopyBlockUnaligned(target, source, (uint)count * sizeof(float));
                    else for (int i = 0; i < count; i++, source += area) target[i] = *source;
                }
            }
        }
    }
}
