using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Normalization;

/// <summary>
/// Group norm on blocked activations, with what follows it in a residual unit: y = relu(norm(x) + shortcut), where shortcut and ReLU are optional.
/// </summary>
/// <remarks>
/// A thread takes one slice at a time, the fewest neighboring blocks of an image that hold whole groups, from its statistics to the result, while the
/// caches hold it; threads do not wait for each other. A slice is treated as an image, so the kernels are those of whole batches.
/// </remarks>
internal sealed unsafe class BlockedGroupNorm<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private readonly int _images, _channels, _width, _sliceChannels, _slices;
    private readonly Size2D _size;

    /// <summary>Prepares a group norm.</summary>
    /// <param name="images">N.</param>
    /// <param name="channels">C, a multiple of <paramref name="groups"/>.</param>
    /// <param name="groups">How many groups of neighboring channels there are.</param>
    /// <param name="size">H and W.</param>
    public BlockedGroupNorm(int images, int channels, int groups, Size2D size)
    {
        (_images, _channels, _size) = (images, channels, size);
        _width = channels / groups;
        int together = ChannelBlock.Size; // grows to the least common multiple of a block's and a group's channels
        while (together % _width != 0 && together < channels) together += ChannelBlock.Size;
        _sliceChannels = Math.Min(together, channels);
        _slices = Sizes.CeilingDivide(channels, _sliceChannels);
    }

    private int PartialsLength => Sizes.RoundUp(MomentPartials.Length(1, _sliceChannels, _size), CacheLine.Floats);

    private int NumbersLength => Sizes.RoundUp(GroupNormImages.Length(1, _sliceChannels), CacheLine.Floats);

    /// <summary>Floats of scratch for that many threads.</summary>
    public int ScratchLength(int threads) => checked(threads * (PartialsLength + NumbersLength + ThreadScratch.Gap));

    /// <summary>Forces the JIT to compile the kernels by calling them with zero images.</summary>
    /// <param name="input">The input's layout.</param>
    /// <param name="output">The output's layout.</param>
    public void Prepare(BlockedLayout input, BlockedLayout output) =>
        Run(images: 0, _channels, new BlockedView(null, input), null, null, 0, default, relu: false, new BlockedView(null, output), null);

    /// <summary>Computes this thread's slices and clears their halo.</summary>
    /// <param name="input">x.</param>
    /// <param name="weight">[C].</param>
    /// <param name="bias">[C].</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="shortcut">The shortcut to add; or none.</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="output">y; the input itself or disjoint from it.</param>
    /// <param name="scratch">Memory that all threads share.</param>
    /// <param name="share">This thread's part.</param>
    public void Run(BlockedView input, float* weight, float* bias, double eps, BlockedView shortcut, bool relu, BlockedView output, float* scratch,
        WorkShare share)
    {
        scratch += (nint)share.Thread * ScratchLength(1);
        (int item, int end) = share.Of(_images * _slices);
        for (; item < end; item++)
        {
            (int image, int slice) = Math.DivRem(item, _slices);
            int first = slice * _sliceChannels, channels = Math.Min(_sliceChannels, _channels - first), plane = image * ChannelBlock.Count(_channels) + first / ChannelBlock.Size;
            Run(images: 1, channels, Slice(input, plane, channels), weight + first, bias + first, eps, Slice(shortcut, plane, channels), relu,
                Slice(output, plane, channels), scratch);
        }
    }

    private void Run(int images, int channels, BlockedView input, float* weight, float* bias, double eps, BlockedView shortcut, bool relu,
        BlockedView output, float* scratch)
    {
        GroupNormImages numbers = new(scratch + PartialsLength, images, channels, channels / _width);
        BlockedMoments<TSimd, TVector>.Sum(images, input, scratch, WorkShare.All);
        numbers.FromImages(_size, scratch, weight, bias, eps, WorkShare.All);
        BlockedBatchNorm<TSimd, TVector>.Forward(images, input, numbers.Channels, shortcut, default, relu, output, WorkShare.All);
    }

    /// <summary>Some blocks of an image, as a separate image.</summary>
    private BlockedView Slice(BlockedView view, int plane, int channels) => view.IsNone ? default
        : new BlockedView(view.Pointer + (nint)plane * view.Layout.PlaneStride, new BlockedLayout(channels, _size, view.Layout.Halo));
}
