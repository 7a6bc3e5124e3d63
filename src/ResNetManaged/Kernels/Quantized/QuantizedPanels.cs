using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Quantized;

/// <summary>Cuts a quantized convolution's output channels into panels, and packs their weights in groups of four input channels.</summary>
/// <remarks>
/// Blocks of 16 input channels have four groups at each tap, an element of the kernel. Blocks of 4, in which a network's few input channels are stored,
/// have one group per pixel, so a tap is a row of the kernel, followed by a group of zeros if that makes the number of groups even.
/// </remarks>
internal sealed unsafe class QuantizedPanels
{
    /// <summary>Channels of a group, whose products are summed together.</summary>
    public const int GroupSize = 4;

    private readonly ConvGeometry _geometry;
    private readonly int _blockSize;

    /// <summary>Cuts the output channels.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="blockSize">Channels of an input block: 16, or 4 for a single block of few channels.</param>
    /// <param name="lanes">Channels of a vector.</param>
    public QuantizedPanels(in ConvGeometry geometry, int blockSize, int lanes)
    {
        (_geometry, _blockSize, Lanes) = (geometry, blockSize, lanes);
        (Taps, Groups) = blockSize == GroupSize
            ? (geometry.Kernel.Height, Sizes.RoundUp(geometry.Kernel.Width, 2))
            : (geometry.Kernel.Area, blockSize / GroupSize);
        int inGroup = geometry.InChannels / geometry.Groups, outGroup = geometry.OutChannels / geometry.Groups;
        Channels = ChannelBlock.Count(geometry.OutChannels) * ChannelBlock.Size;
        int widest = geometry.Groups > 1 && outGroup <= lanes ? 1 : 2; // as in ConvPanels
        List<ConvPanel> panels = [];
        for (int channel = 0; channel < Channels;)
        {
            int vectors = Math.Min(widest, (Channels - channel) / lanes), end = Math.Min(channel + vectors * lanes, geometry.OutChannels);
            (int first, int blocks) = (0, 0); // a panel of only padding multiplies nothing
            if (end > channel)
            {
                first = channel / outGroup * inGroup / blockSize;
                blocks = Sizes.CeilingDivide(((end - 1) / outGroup + 1) * inGroup, blockSize) - first;
            }
            panels.Add(new ConvPanel(WeightLength, first, blocks, vectors, channel));
            WeightLength = checked(WeightLength + blocks * BlockLength(vectors));
            channel += vectors * lanes;
        }
        Panels = [.. panels];
    }

    public ConvPanel[] Panels { get; }

    /// <summary>Channels of a vector.</summary>
    public int Lanes { get; }

    /// <summary>Taps of a block.</summary>
    public int Taps { get; }

    /// <summary>Groups at each tap, an even number.</summary>
    public int Groups { get; }

    /// <summary>Output channels in whole blocks.</summary>
    public int Channels { get; }

    /// <summary>Bytes of all panels' weights.</summary>
    public int WeightLength { get; private set; }

    /// <summary>Packs weights, for each panel, block, tap and group: the four weights of each lane of one or two vectors.</summary>
    /// <param name="weight">OIHW, of integers from -127 to 127 times the scale of their output channel.</param>
    /// <param name="scale">The scale of each output channel's weights.</param>
    /// <param name="packed">Receives <see cref="WeightLength"/> bytes.</param>
    /// <param name="sums">Receives the sum of each output channel's integers.</param>
    public void Pack(ReadOnlySpan<float> weight, ReadOnlySpan<float> scale, Span<sbyte> packed, Span<int> sums)
    {
        packed.Clear();
        sums.Clear();
        int inGroup = _geometry.InChannels / _geometry.Groups, outGroup = _geometry.OutChannels / _geometry.Groups, area = _geometry.Kernel.Area;
        foreach (ref readonly ConvPanel panel in Panels.AsSpan())
        {
            int width = panel.Vectors * Lanes, lanes = Math.Min(width, _geometry.OutChannels - panel.FirstChannel);
            for (int lane = 0; lane < lanes; lane++)
            {
                int channel = panel.FirstChannel + lane, firstInput = channel / outGroup * inGroup;
                ReadOnlySpan<float> kernels = weight.Slice(channel * inGroup * area, inGroup * area);
                for (int i = 0; i < inGroup; i++)
                {
                    int input = firstInput + i;
                    int target = panel.Weights + (input / _blockSize - panel.FirstBlock) * BlockLength(panel.Vectors);
                    for (int k = 0; k < area; k++)
                    {
                        sbyte value = (sbyte)QuantizedWeights.Integer(kernels[i * area + k], scale[channel]);
                        packed[target + (Group(input % _blockSize, k) * width + lane) * GroupSize + input % GroupSize] = value;
                        sums[channel] += value;
                    }
                }
            }
        }
    }

    /// <summary>The group of a channel of a block at an element of the kernel, among all of the block's.</summary>
    private int Group(int channel, int element)
    {
        if (_blockSize != GroupSize) return element * Groups + channel / GroupSize;
        (int row, int column) = Math.DivRem(element, _geometry.Kernel.Width);
        return row * Groups + column;
    }

    private int BlockLength(int vectors) => Taps * Groups * GroupSize * vectors * Lanes;
}
