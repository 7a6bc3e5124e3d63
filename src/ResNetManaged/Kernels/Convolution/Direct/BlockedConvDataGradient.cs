using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Kernels.Tiles;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Convolution.Direct;

/// <summary>The gradient of a convolution's input on blocked activations: any kernel, stride, dilation and groups.</summary>
/// <remarks>
/// Each phase (<see cref="ConvGradient"/>) is a <see cref="BlockedConv{TSimd, TVector}"/> of dY whose results are every stride-th pixel: no zeros are
/// inserted between dY's pixels. Pixels that no window covers become 0.
/// </remarks>
internal sealed unsafe class BlockedConvDataGradient<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly ConvGeometry _geometry;
    private readonly BlockedLayout _output;
    private readonly Phase[] _phases;
    private readonly float[] _noBias; // pinned

    /// <summary>Prepares a gradient.</summary>
    /// <param name="geometry">All sizes of the convolution.</param>
    /// <param name="gradient">The layout of the gradient of its output, in blocks of 16; its halo contains <see cref="ConvGradient.Halo"/>.</param>
    /// <param name="output">The layout of the gradient of its input, in blocks of 16.</param>
    public BlockedConvDataGradient(in ConvGeometry geometry, BlockedLayout gradient, BlockedLayout output)
    {
        (_geometry, _output) = (geometry, output);
        _noBias = GC.AllocateArray<float>(ChannelBlock.Count(geometry.InChannels) * ChannelBlock.Size, pinned: true);
        PhaseAxis[] rows = ConvGradient.Phases(geometry.Input.Height, geometry.Kernel.Height, geometry.Stride.Height, geometry.Padding.Top,
            geometry.Dilation.Height);
        PhaseAxis[] columns = ConvGradient.Phases(geometry.Input.Width, geometry.Kernel.Width, geometry.Stride.Width, geometry.Padding.Left,
            geometry.Dilation.Width);
        List<Phase> phases = [];
        int weights = 0;
        foreach (PhaseAxis row in rows)
        {
            foreach (PhaseAxis column in columns)
            {
                Phase phase = new(geometry, gradient, output, row, column, weights);
                phases.Add(phase);
                weights = checked(weights + (phase.Convolution?.Panels.WeightLength ?? 0));
            }
        }
        _phases = [.. phases];
        WeightLength = weights;
    }

    /// <summary>Floats of the packed weights.</summary>
    public int WeightLength { get; }

    /// <summary>Packs this thread's panels of the weights.</summary>
    /// <param name="weight">The convolution's weights, OIHW.</param>
    /// <param name="packed">Receives <see cref="WeightLength"/> floats.</param>
    /// <param name="share">This thread's part.</param>
    public void Pack(float* weight, float* packed, WorkShare share)
    {
        foreach (Phase phase in _phases)
        {
            if (phase.Convolution is null) continue;
            ConvPanels panels = phase.Convolution.Panels;
            (int p, int end) = share.Of(panels.Panels.Length);
            for (; p < end; p++) TransposedWeights.Pack(_geometry, panels, panels.Panels[p], phase.Elements, weight, packed + phase.Weights);
        }
    }

    /// <summary>Forces the JIT to compile the tile kernels by calling them with zero tiles.</summary>
    public void Prepare()
    {
        foreach (Phase phase in _phases) phase.Convolution?.PrepareTiles();
    }

    /// <summary>Computes this thread's part.</summary>
    /// <param name="gradient">The gradient of the convolution's output.</param>
    /// <param name="weights">Packed weights.</param>
    /// <param name="output">Receives the gradient of its input; must not overlap any input.</param>
    /// <param name="accumulate">Whether to add to what it holds.</param>
    /// <param name="next">The weights that this thread reads next, to prefetch.</param>
    /// <param name="share">This thread's part.</param>
    public void Run(float* gradient, float* weights, float* output, bool accumulate, float* next, WorkShare share)
    {
        fixed (float* noBias = _noBias)
        {
            for (int i = 0; i < _phases.Length; i++)
            {
                Phase phase = _phases[i];
                if (phase.Convolution is null)
                {
                    if (!accumulate) Clear(phase, output, share);
                    continue;
                }
                float* following = i + 1 < _phases.Length ? weights + _phases[i + 1].Weights : next;
                phase.Convolution.Run(gradient, weights + phase.Weights, noBias, accumulate ? output : null, output, following, share);
            }
        }
    }

    /// <summary>Sets a phase's pixels to 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Clear(Phase phase, float* output, WorkShare share)
    {
        nint pixel = (nint)_geometry.Stride.Width * ChannelBlock.Size, rowStep = (nint)_geometry.Stride.Height * _output.RowStride;
        (int plane, int end) = share.Of(_geometry.Batch * _output.Blocks);
        for (; plane < end; plane++)
        {
            (int image, int block) = Math.DivRem(plane, _output.Blocks);
            float* row = output + image * (nint)_output.ImageStride + (nint)block * _output.PlaneStride
                + _output.Offset(phase.Rows.First, phase.Columns.First);
            for (int h = 0; h < phase.Rows.Count; h++, row += rowStep)
            {
                float* place = row;
                for (int w = 0; w < phase.Columns.Count; w++, place += pixel)
                    for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes) TSimd.Store(default, place + lane);
            }
        }
    }

    /// <summary>Pixels that use the same kernel elements.</summary>
    private sealed class Phase
    {
        public Phase(in ConvGeometry geometry, BlockedLayout gradient, BlockedLayout output, PhaseAxis rows, PhaseAxis columns, int weights)
        {
            (Rows, Columns, Weights) = (rows, columns, weights);
            if (rows.Taps.Length == 0 || columns.Taps.Length == 0) return;
            Size2D stride = geometry.Stride, kernelSize = geometry.Kernel;
            Elements = [.. rows.Taps.SelectMany(row => columns.Taps.Select(column => row.Element * kernelSize.Width + column.Element))];
            int[] offsets = [.. rows.Taps.SelectMany(row => columns.Taps.Select(column =>
                row.Offset * gradient.RowStride + column.Offset * ChannelBlock.Size))];
            int[] taps = GC.AllocateUninitializedArray<int>(gradient.Blocks * offsets.Length, pinned: true);
            for (int t = 0; t < taps.Length; t++) taps[t] = t / offsets.Length * gradient.PlaneStride + offsets[t % offsets.Length];
            TileList tiles = TileList.Cover((rows.Count, columns.Count), TileKernels<TSimd, TVector>.LongestRun, runsGoDown: false, (row, column) =>
            {
                int place = output.Offset(rows.First + row * stride.Height, columns.First + column * stride.Width);
                return (gradient.Offset(row, column), place, place);
            });
            Size2D kernel = (rows.Taps.Length, columns.Taps.Length); // also the size of the input, for one output: taps and tiles have the real sizes
            ConvGeometry convolution = new(geometry.Batch, geometry.OutChannels, kernel, geometry.InChannels, kernel, 1, 0, 1, geometry.Groups);
            Convolution = new BlockedConv<TSimd, TVector>(convolution, gradient, output, output, relu: false, taps, tiles,
                stride.Width * ChannelBlock.Size);
        }

        public PhaseAxis Rows { get; }

        public PhaseAxis Columns { get; }

        /// <summary>Null if they use no kernel elements.</summary>
        public BlockedConv<TSimd, TVector>? Convolution { get; }

        /// <summary>The kernel elements, in the order of the taps.</summary>
        public int[] Elements { get; } = [];

        /// <summary>The offset of its packed weights.</summary>
        public int Weights { get; }
    }
}
