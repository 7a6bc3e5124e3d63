using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Tiles;

/// <summary>A panel: the output channels that one register tile computes, and the input blocks they depend on.</summary>
/// <param name="Weights">The offset of its weights, in floats.</param>
/// <param name="FirstBlock">The first block of input channels that its weights multiply.</param>
/// <param name="Blocks">The number of blocks.</param>
/// <param name="Vectors">Vectors of output channels, 1 or 2.</param>
/// <param name="FirstChannel">Its first output channel.</param>
internal readonly record struct ConvPanel(int Weights, int FirstBlock, int Blocks, int Vectors, int FirstChannel);

/// <summary>Cuts a convolution's output channels into panels, and packs their weights.</summary>
internal sealed class ConvPanels
{
    /// <summary>Cuts the output channels.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="blockSize">Channels of an input block.</param>
    /// <param name="lanes">Channels of a vector.</param>
    /// <param name="groupsOfLanes">Whether vectors hold whole groups and a lane multiplies only its own group's channels; for 1 x 1 kernels.</param>
    public ConvPanels(in ConvGeometry geometry, int blockSize, int lanes, bool groupsOfLanes = false)
    {
        Lanes = lanes;
        GroupsOfLanes = groupsOfLanes;
        BlockSize = blockSize;
        // A block of one channel has no depth: the elements of a kernel row take its place.
        (TapsPerBlock, Depth) = blockSize == 1 ? (geometry.Kernel.Height, geometry.Kernel.Width) : (geometry.Kernel.Area, blockSize);
        int inGroup = geometry.InChannels / geometry.Groups, outGroup = geometry.OutChannels / geometry.Groups;
        if (groupsOfLanes) Depth = inGroup;
        int channels = ChannelBlock.Count(geometry.OutChannels) * ChannelBlock.Size;
        // If a group is narrower than a vector, a second vector would belong to other groups and multiply mostly zeros.
        int widest = geometry.Groups > 1 && outGroup <= lanes ? 1 : 2;
        List<ConvPanel> panels = [];
        int weights = 0;
        for (int channel = 0; channel < channels;)
        {
            int vectors = Math.Min(widest, (channels - channel) / lanes), end = Math.Min(channel + vectors * lanes, geometry.OutChannels);
            (int first, int blocks) = (0, 0); // a panel of only padding multiplies nothing
            if (end > channel)
            {
                int firstInput = channel / outGroup * inGroup, endInput = ((end - 1) / outGroup + 1) * inGroup;
                first = firstInput / blockSize;
                blocks = Sizes.CeilingDivide(endInput, blockSize) - first;
            }
            panels.Add(new ConvPanel(weights, first, blocks, vectors, channel));
            weights = checked(weights + blocks * TapsPerBlock * Depth * vectors * lanes);
            channel += vectors * lanes;
        }
        Panels = [.. panels];
        WeightLength = weights;
        BiasLength = channels;
    }

    /// <summary>Floats of packed weights written at a time, in scattered order: they stay in the first-level cache.</summary>
    private const int PackedAtOnce = 4 << 10;

    public ConvPanel[] Panels { get; }

    public int Lanes { get; }

    public int BlockSize { get; }

    /// <summary>
    /// Whether a lane's weights are those of its group's channels, in order; otherwise those of all channels of the panel's blocks.
    /// </summary>
    public bool GroupsOfLanes { get; }

    /// <summary>Taps of a block.</summary>
    public int TapsPerBlock { get; }

    /// <summary>Products at each tap.</summary>
    public int Depth { get; }

    /// <summary>Floats of all panels' weights.</summary>
    public int WeightLength { get; }

    /// <summary>Floats of the bias: the output channels in whole blocks.</summary>
    public int BiasLength { get; }

    /// <summary>Whether any panel has that many vectors of output channels.</summary>
    public bool HaveVectors(int vectors)
    {
        foreach (ref readonly ConvPanel panel in Panels.AsSpan()) if (panel.Vectors == vectors) return true;
        return false;
    }

    /// <summary>Packs weights: for each panel, tap and product, one or two vectors of output channels.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="weight">OIHW.</param>
    /// <param name="scale">A factor for each output channel's weights.</param>
    /// <param name="packed">Receives <see cref="WeightLength"/> floats.</param>
    public void Pack(in ConvGeometry geometry, ReadOnlySpan<float> weight, ReadOnlySpan<double> scale, Span<float> packed) =>
        Pack(geometry, weight, scale, packed, WorkShare.All);

    /// <summary>Packs this thread's share of the panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Pack(in ConvGeometry geometry, ReadOnlySpan<float> weight, ReadOnlySpan<double> scale, Span<float> packed, WorkShare share)
    {
        Check.Length("Packing", nameof(weight), weight.Length, geometry.WeightLength);
        Check.Length("Packing", nameof(packed), packed.Length, WeightLength);
        fixed (float* source = weight, target = packed)
        {
            (int first, int end) = share.Of(Panels.Length);
            foreach (ConvPanel panel in Panels.AsSpan(first, end - first))
            {
                int blockLength = TapsPerBlock * Depth * panel.Vectors * Lanes, chunk = Math.Max(1, PackedAtOnce / blockLength);
                for (int block = 0; block < panel.Blocks; block += chunk)
                {
                    PackBlocks(geometry, panel, panel.FirstBlock + block, Math.Min(chunk, panel.Blocks - block), source, scale,
                        target + panel.Weights + block * blockLength);
                }
            }
        }
    }

    /// <summary>Packs a panel's weights for some blocks of input channels.</summary>
    /// <remarks>Blocks of 1: [kh][kw][lane]. Blocks of 16: [kh][kw][channel of the block][lane].</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void PackBlocks(in ConvGeometry geometry, in ConvPanel panel, int block, int blocks, float* weight,
        ReadOnlySpan<double> scale, float* place)
    {
        int width = panel.Vectors * Lanes, area = geometry.Kernel.Area, step = BlockSize * width, blockLength = area * step;
        int inGroup = geometry.InChannels / geometry.Groups, outGroup = geometry.OutChannels / geometry.Groups;
        new Span<float>(place, blocks * blockLength).Clear();
        int lanes = Math.Min(width, geometry.OutChannels - panel.FirstChannel);
        for (int lane = 0; lane < lanes; lane++)
        {
            int channel = panel.FirstChannel + lane, firstInput = channel / outGroup * inGroup;
            double factor = scale[channel];
            for (int b = 0; b < blocks; b++)
            {
                int start = (block + b) * BlockSize;
                int first = Math.Max(start, firstInput), end = Math.Min(start + BlockSize, firstInput + inGroup);
                float* kernel = weight + ((nint)channel * inGroup + first - firstInput) * area;
                float* target = place + b * blockLength + (first - start) * width + lane;
                if (area == 1)
                {
                    for (int input = first; input < end; input++, target += width) *target = (float)(*kernel++ * factor);
                    continue;
                }
                for (int input = first; input < end; input++, target += width)
                    for (int k = 0; k < area; k++) target[k * step] = (float)(*kernel++ * factor);
            }
        }
    }
}
