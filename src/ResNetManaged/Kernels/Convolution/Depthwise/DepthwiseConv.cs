using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Kernels.Tiles;

namespace ResNetManaged.Kernels.Convolution.Depthwise;

/// <summary>A convolution of each channel with its own kernel, on blocked activations: any kernel, stride, padding and dilation.</summary>
/// <remarks>
/// The sums of a tile stay in registers and are stored once, with bias, residual and ReLU. Rows are computed in order, so that the rows that
/// neighboring windows share stay in the first-level cache.
/// </remarks>
internal sealed unsafe class DepthwiseConv<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Floats of output that are computed before the epilogue reads them: they stay in the first-level cache with their input.</summary>
    private const int ResidentFloats = 4 << 10;

    private readonly ConvGeometry _geometry;
    private readonly BlockedLayout _input, _output, _residual;
    private readonly DepthwiseFunction _tile, _rest; // whole tiles, and the pixels that are left in a row
    private readonly int _tiles, _restPixels, _rowsAtOnce;
    private readonly bool _relu;

    /// <summary>Prepares a convolution.</summary>
    /// <param name="geometry">All sizes; as many groups as channels.</param>
    /// <param name="input">The input's layout; its halo contains everything the kernel reads outside the plane.</param>
    /// <param name="output">The output's layout.</param>
    /// <param name="residual">The layout of the residual; the output's if there is none.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    public DepthwiseConv(in ConvGeometry geometry, BlockedLayout input, BlockedLayout output, BlockedLayout residual, bool relu)
    {
        if (!geometry.IsDepthwise)
            throw new ArgumentException("A depthwise convolution has as many groups as input and output channels.", nameof(geometry));
        (_geometry, _input, _output, _residual, _relu) = (geometry, input, output, residual, relu);
        (_tiles, _restPixels) = Math.DivRem(geometry.Output.Width, DepthwiseKernels<TSimd, TVector>.LongestTile);
        _tile = DepthwiseKernels<TSimd, TVector>.Get(geometry, DepthwiseKernels<TSimd, TVector>.LongestTile);
        if (_restPixels > 0) _rest = DepthwiseKernels<TSimd, TVector>.Get(geometry, _restPixels);
        _rowsAtOnce = Math.Max(1, ResidentFloats / (geometry.Output.Width * ChannelBlock.Size));
    }

    /// <summary>What is applied to the result; null if nothing is.</summary>
    public PixelEpilogue? Epilogue { get; init; }

    /// <summary>Floats of the packed weights.</summary>
    public int WeightLength => checked(_output.Blocks * _geometry.Kernel.Area * ChannelBlock.Size);

    /// <summary>Floats of the bias: the channels in whole blocks.</summary>
    public int BiasLength => _output.Blocks * ChannelBlock.Size;

    /// <summary>Packs weights: <c>[C / 16][kh][kw][16]</c>.</summary>
    /// <param name="weight">OIHW, with I = 1.</param>
    /// <param name="scale">A factor for each channel's weights.</param>
    /// <param name="packed">Receives <see cref="WeightLength"/> floats.</param>
    public void Pack(ReadOnlySpan<float> weight, ReadOnlySpan<double> scale, Span<float> packed)
    {
        Check.Length("Packing", nameof(weight), weight.Length, _geometry.WeightLength);
        Check.Length("Packing", nameof(packed), packed.Length, WeightLength);
        packed.Clear();
        int area = _geometry.Kernel.Area;
        for (int channel = 0; channel < _geometry.OutChannels; channel++)
        {
            (int block, int lane) = Math.DivRem(channel, ChannelBlock.Size);
            for (int k = 0; k < area; k++) packed[(block * area + k) * ChannelBlock.Size + lane] = (float)(weight[channel * area + k] * scale[channel]);
        }
    }

    /// <summary>Forces the JIT to compile the kernels by calling them with zero rows.</summary>
    public void Prepare()
    {
        float* nothing = stackalloc float[ChannelBlock.Size];
        DepthwiseCall call = new() { Bias = nothing };
        _tile(call, 0, 0);
        if (_restPixels > 0) _rest(call, 0, 0);
    }

    /// <summary>Computes this thread's rows, without their halo.</summary>
    /// <param name="input">The images.</param>
    /// <param name="weights">Packed weights.</param>
    /// <param name="bias">A bias for each channel, in whole blocks.</param>
    /// <param name="residual">What to add; null for nothing. It may be the output itself.</param>
    /// <param name="output">Receives the result; must not overlap any other input.</param>
    /// <param name="share">This thread's part.</param>
    /// <remarks>
    /// A thread takes the same rows of all blocks, which are those it computed in a 1 x 1 convolution before, unless that divides the work much less
    /// evenly than the rows of all blocks one after another.
    /// </remarks>
    public void Run(float* input, float* weights, float* bias, float* residual, float* output, WorkShare share)
    {
        int images = _geometry.Batch, height = _geometry.Output.Height, blocks = _output.Blocks;
        bool splitsRows = share.Imbalance(images * height) <= 1.1 * share.Imbalance(images * blocks * height);
        (int item, int end) = share.Of(splitsRows ? images * height : images * blocks * height);
        while (item < end)
        {
            (int plane, int row) = Math.DivRem(item, height);
            int rows = Math.Min(height - row, end - item);
            item += rows;
            if (!splitsRows)
            {
                RunRows(plane / blocks, plane % blocks, row, rows, input, weights, bias, residual, output);
                continue;
            }
            for (int block = 0; block < blocks; block++) RunRows(plane, block, row, rows, input, weights, bias, residual, output);
        }
    }

    /// <summary>Computes some rows of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunRows(int image, int block, int row, int rows, float* input, float* weights, float* bias, float* residual, float* output)
    {
        ref readonly ConvGeometry g = ref _geometry;
        DepthwiseCall call = new()
        {
            KernelHeight = g.Kernel.Height,
            KernelWidth = g.Kernel.Width,
            TapRowStride = g.Dilation.Height * (nint)_input.RowStride,
            TapStride = g.Dilation.Width * ChannelBlock.Size,
            PixelStride = g.Stride.Width * ChannelBlock.Size,
            InputRowStride = g.Stride.Height * (nint)_input.RowStride,
            ResidualRowStride = _residual.RowStride,
            OutputRowStride = _output.RowStride,
            Relu = _relu,
        };
        input += image * (nint)_input.ImageStride + block * (nint)_input.PlaneStride;
        output += image * (nint)_output.ImageStride + block * (nint)_output.PlaneStride;
        if (residual != null) residual += image * (nint)_residual.ImageStride + block * (nint)_residual.PlaneStride;
        weights += block * (nint)(g.Kernel.Area * ChannelBlock.Size);
        bias += block * ChannelBlock.Size;
        int restStart = _tiles * DepthwiseKernels<TSimd, TVector>.LongestTile;
        for (int end = row + rows; row < end; row += _rowsAtOnce)
        {
            int count = Math.Min(_rowsAtOnce, end - row);
            for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
            {
                call.Weights = weights + lane;
                call.Bias = bias + lane;
                if (_tiles > 0) RunTiles(_tile, ref call, row, column: 0, lane, count, _tiles, input, residual, output);
                if (_restPixels > 0) RunTiles(_rest, ref call, row, restStart, lane, count, 1, input, residual, output);
                if (Epilogue is null) continue;
                for (int i = row; i < row + count; i++) Epilogue.Apply(output + _output.Offset(i, 0) + lane, ChannelBlock.Size, g.Output.Width);
            }
        }
    }

    private void RunTiles(DepthwiseFunction kernel, ref DepthwiseCall call, int row, int column, int lane, int rows, int tiles, float* input,
        float* residual, float* output)
    {
        int top = row * _geometry.Stride.Height - _geometry.Padding.Top, left = column * _geometry.Stride.Width - _geometry.Padding.Left;
        call.Input = input + _input.Offset(top, left) + lane;
        call.Output = output + _output.Offset(row, column) + lane;
        call.Residual = residual == null ? null : residual + _residual.Offset(row, column) + lane;
        kernel(call, rows, tiles);
    }
}
