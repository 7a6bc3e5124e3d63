namespace ResNetManaged.Kernels;

/// <summary>A panel: the output channels that one register tile computes, and what of the input they depend on.</summary>
/// <param name="Weights">Where its weights begin, in floats.</param>
/// <param name="FirstBlock">The first block of input channels that its weights multiply.</param>
/// <param name="Blocks">How many blocks.</param>
/// <param name="Vectors">Vectors of output channels: 2, or 1.</param>
/// <param name="FirstChannel">Its first output channel.</param>
internal readonly record struct ConvPanel(int Weights, int FirstBlock, int Blocks, int Vectors, int FirstChannel);

/// <summary>How a convolution's output channels are cut into panels, and the shape of a panel's weights.</summary>
internal sealed class ConvPanels
{
    /// <summary>Cuts the output channels.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="blockSize">Channels of an input block.</param>
    /// <param name="lanes">Channels of a vector.</param>
    public ConvPanels(in ConvGeometry geometry, int blockSize, int lanes)
    {
        Lanes = lanes;
        BlockSize = blockSize;
        // A block of one channel has no depth of its own: the elements of a kernel row follow each other instead.
        (TapsPerBlock, Depth) = blockSize == 1 ? (geometry.Kernel.Height, geometry.Kernel.Width) : (geometry.Kernel.Area, blockSize);
        int inGroup = geometry.InChannels / geometry.Groups, outGroup = geometry.OutChannels / geometry.Groups;
        int channels = ChannelBlock.Count(geometry.OutChannels) * ChannelBlock.Size;
        // Where a group is narrower than a vector, a second vector would belong to other groups and multiply mostly zeros.
        int widest = geometry.Groups > 1 && outGroup <= lanes ? 1 : 2;
        List<ConvPanel> panels = [];
        int weights = 0;
        for (int channel = 0; channel < channels;)
        {
            int vectors = Math.Min(widest, (channels - channel) / lanes), end = Math.Min(channel + vectors * lanes, geometry.OutChannels);
            (int first, int blocks) = (0, 0); // a panel of padding alone multiplies nothing
            if (end > channel)
            {
                int firstInput = channel / outGroup * inGroup, endInput = ((end - 1) / outGroup + 1) * inGroup;
                first = firstInput / blockSize;
                blocks = (endInput + blockSize - 1) / blockSize - first;
            }
            panels.Add(new ConvPanel(weights, first, blocks, vectors, channel));
            weights = checked(weights + blocks * TapsPerBlock * Depth * vectors * lanes);
            channel += vectors * lanes;
        }
        Panels = [.. panels];
        WeightLength = weights;
        BiasLength = channels;
    }

    public ConvPanel[] Panels { get; }

    public int Lanes { get; }

    public int BlockSize { get; }

    /// <summary>Kernel elements of a block that are taps of their own.</summary>
    public int TapsPerBlock { get; }

    /// <summary>Products at each tap.</summary>
    public int Depth { get; }

    /// <summary>Floats of all panels' weights.</summary>
    public int WeightLength { get; }

    /// <summary>Floats of the bias: the output channels, whole blocks of them.</summary>
    public int BiasLength { get; }

    /// <summary>Packs weights: for each panel, tap and product one vector of output channels, or two.</summary>
    /// <param name="geometry">The convolution.</param>
    /// <param name="weight">OIHW.</param>
    /// <param name="scale">What each output channel's weights are multiplied by.</param>
    /// <param name="packed">Receives <see cref="WeightLength"/> floats.</param>
    /// <param name="threads">Threads to pack on.</param>
    public unsafe void Pack(in ConvGeometry geometry, ReadOnlySpan<float> weight, ReadOnlySpan<double> scale, Span<float> packed, int threads)
    {
        Check.Length("Packing", nameof(weight), weight.Length, geometry.WeightLength);
        Check.Length("Packing", nameof(packed), packed.Length, WeightLength);
        fixed (float* source = weight, target = packed)
        fixed (double* factors = scale)
            ParallelLoop.For(Panels.Length, threads, new Packing(this, geometry, source, factors, target));
    }

    private readonly unsafe struct Packing(ConvPanels panels, ConvGeometry geometry, float* source, double* scale, float* target) : IWork
    {
        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
        public void Run(int index)
        {
            ConvPanel panel = panels.Panels[index];
            int width = panel.Vectors * panels.Lanes, area = geometry.Kernel.Area, rowLength = geometry.Depth;
            int inGroup = geometry.InChannels / geometry.Groups, outGroup = geometry.OutChannels / geometry.Groups;
            float* packed = target + panel.Weights;
            int perBlock = panels.TapsPerBlock * panels.Depth * width;
            new Span<float>(packed, panel.Blocks * perBlock).Clear();
            for (int lane = 0; lane < width && panel.FirstChannel + lane < geometry.OutChannels; lane++)
            {
                int channel = panel.FirstChannel + lane, firstInput = channel / outGroup * inGroup;
                float* row = source + (nint)channel * rowLength;
                double factor = scale[channel];
                for (int i = 0; i < inGroup; i++)
                {
                    int input = firstInput + i - panel.FirstBlock * panels.BlockSize;
                    // Blocks of 1: [channel][kh][kw]. Blocks of 16: [block][kh][kw][channel of the block].
                    float* place = packed + (input / panels.BlockSize) * perBlock + (input % panels.BlockSize) * width + lane;
                    int step = panels.BlockSize * width;
                    for (int k = 0; k < area; k++, place += step) *place = (float)(*row++ * factor);
                }
            }
        }
    }
}
