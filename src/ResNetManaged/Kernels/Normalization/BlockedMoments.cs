using System.Numerics;
using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Normalization;

/// <summary>
/// The sums that give the mean and the variance of each channel. A plane is cut into runs of rows that fit the first-level cache; each run
/// has its own center, so a mean much larger than the deviation costs no precision.
/// </summary>
/// <remarks>
/// The corrected two-pass method in each run, with runs combined in double: Chan, Golub and LeVeque 1983, "Algorithms for computing the
/// sample variance". The second pass finds its run in the first-level cache.
/// </remarks>
internal static unsafe class BlockedMoments<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Sums this thread's planes.</summary>
    /// <param name="images">N.</param>
    /// <param name="input">x.</param>
    /// <param name="partials">Receives <see cref="MomentPartials.Length"/> floats.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sum(int images, BlockedView input, float* partials, WorkShare share)
    {
        BlockedLayout layout = input.Layout;
        Size2D size = layout.Size;
        MomentPartials moments = new(images, layout.Channels, size, partials);
        (int plane, int end) = share.Of(images * layout.Blocks);
        for (; plane < end; plane++)
        {
            for (int run = 0; run < moments.Runs; run++)
            {
                float* rows = input.Row(plane, moments.FirstRow(run)), result = moments.Partial(plane, run);
                for (int lane = 0; lane < ChannelBlock.Size; lane += TSimd.Lanes)
                    SumRun(rows + lane, layout.RowStride, moments.Rows(run), size.Width * ChannelBlock.Size, result + lane);
            }
        }
    }

    /// <summary>Sums a run, two rows at a time: a sum waits for its predecessor, and two rows have twice as many. The order of a row's sum stays the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRun(float* first, nint rowStride, int rows, int width, float* result)
    {
        TVector sum = default;
        float* pixels = first;
        int h = 0;
        for (; h <= rows - 2; h += 2, pixels += 2 * rowStride)
        {
            TVector even = default, odd = default, nextEven = default, nextOdd = default;
            float* next = pixels + rowStride;
            int i = 0;
            for (; i <= width - 2 * ChannelBlock.Size; i += 2 * ChannelBlock.Size)
            {
                even = TSimd.Add(even, TSimd.Load(pixels + i));
                nextEven = TSimd.Add(nextEven, TSimd.Load(next + i));
                odd = TSimd.Add(odd, TSimd.Load(pixels + i + ChannelBlock.Size));
                nextOdd = TSimd.Add(nextOdd, TSimd.Load(next + i + ChannelBlock.Size));
            }
            if (i < width)
            {
                even = TSimd.Add(even, TSimd.Load(pixels + i));
                nextEven = TSimd.Add(nextEven, TSimd.Load(next + i));
            }
            sum = TSimd.Add(TSimd.Add(sum, TSimd.Add(even, odd)), TSimd.Add(nextEven, nextOdd));
        }
        if (h < rows) sum = TSimd.Add(sum, SumRow(pixels, width));
        TVector center = TSimd.Multiply(sum, TSimd.Create(1f / (rows * (width / ChannelBlock.Size))));
        TVector deviations = default, squares = default;
        pixels = first;
        for (h = 0; h <= rows - 2; h += 2, pixels += 2 * rowStride)
        {
            TVector even = default, odd = default, evenSquares = default, oddSquares = default;
            TVector nextEven = default, nextOdd = default, nextEvenSquares = default, nextOddSquares = default;
            float* next = pixels + rowStride;
            int i = 0;
            for (; i <= width - 2 * ChannelBlock.Size; i += 2 * ChannelBlock.Size)
            {
                Deviate(pixels + i, center, ref even, ref evenSquares);
                Deviate(next + i, center, ref nextEven, ref nextEvenSquares);
                Deviate(pixels + i + ChannelBlock.Size, center, ref odd, ref oddSquares);
                Deviate(next + i + ChannelBlock.Size, center, ref nextOdd, ref nextOddSquares);
            }
            if (i < width)
            {
                Deviate(pixels + i, center, ref even, ref evenSquares);
                Deviate(next + i, center, ref nextEven, ref nextEvenSquares);
            }
            deviations = TSimd.Add(TSimd.Add(deviations, TSimd.Add(even, odd)), TSimd.Add(nextEven, nextOdd));
            squares = TSimd.Add(TSimd.Add(squares, TSimd.Add(evenSquares, oddSquares)), TSimd.Add(nextEvenSquares, nextOddSquares));
        }
        if (h < rows)
        {
            TVector even = default, odd = default, evenSquares = default, oddSquares = default;
            int i = 0;
            for (; i <= width - 2 * ChannelBlock.Size; i += 2 * ChannelBlock.Size)
            {
                Deviate(pixels + i, center, ref even, ref evenSquares);
                Deviate(pixels + i + ChannelBlock.Size, center, ref odd, ref oddSquares);
            }
            if (i < width) Deviate(pixels + i, center, ref even, ref evenSquares);
            deviations = TSimd.Add(deviations, TSimd.Add(even, odd));
            squares = TSimd.Add(squares, TSimd.Add(evenSquares, oddSquares));
        }
        TSimd.Store(center, result);
        TSimd.Store(deviations, result + ChannelBlock.Size);
        TSimd.Store(squares, result + 2 * ChannelBlock.Size);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector SumRow(float* pixels, int width)
    {
        TVector even = default, odd = default;
        int i = 0;
        for (; i <= width - 2 * ChannelBlock.Size; i += 2 * ChannelBlock.Size)
        {
            even = TSimd.Add(even, TSimd.Load(pixels + i));
            odd = TSimd.Add(odd, TSimd.Load(pixels + i + ChannelBlock.Size));
        }
        if (i < width) even = TSimd.Add(even, TSimd.Load(pixels + i));
        return TSimd.Add(even, odd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Deviate(float* pixel, TVector center, ref TVector sum, ref TVector squares)
    {
        TVector deviation = TSimd.Subtract(TSimd.Load(pixel), center);
        sum = TSimd.Add(sum, deviation);
        squares = TSimd.MultiplyAdd(deviation, deviation, squares);
    }
}

/// <summary>
/// The layout of the sums of <see cref="BlockedMoments{TSimd, TVector}"/>, <c>[N][C / 16][runs][center, deviations, squares][16]</c>, and their
/// evaluation.
/// </summary>
internal readonly unsafe struct MomentPartials
{
    private const int RunBytes = 16 << 10; // a third of the first-level cache

    private const int Floats = 3 * ChannelBlock.Size;

    private readonly int _images, _blocks, _rowsPerRun;
    private readonly Size2D _size;
    private readonly float* _memory;

    /// <summary>Cuts planes into runs.</summary>
    /// <param name="images">N.</param>
    /// <param name="channels">C.</param>
    /// <param name="size">H and W.</param>
    /// <param name="memory">The sums.</param>
    public MomentPartials(int images, int channels, Size2D size, float* memory)
    {
        (_images, _blocks, _size) = (images, ChannelBlock.Count(channels), size);
        _memory = memory;
        _rowsPerRun = Math.Max(1, RunBytes / (size.Width * ChannelBlock.Size * sizeof(float)));
        Runs = Sizes.CeilingDivide(size.Height, _rowsPerRun);
    }

    /// <summary>Runs of a plane.</summary>
    public int Runs { get; }

    /// <summary>Floats of all sums.</summary>
    public static int Length(int images, int channels, Size2D size)
    {
        MomentPartials partials = new(images, channels, size, null);
        return checked(images * partials._blocks * partials.Runs * Floats);
    }

    public int FirstRow(int run) => run * _rowsPerRun;

    public int Rows(int run) => Math.Min(_rowsPerRun, _size.Height - FirstRow(run));

    /// <summary>The sums of a run; planes are numbered consecutively across all images.</summary>
    public float* Partial(int plane, int run) => _memory + ((nint)plane * Runs + run) * Floats;

    /// <summary>The mean and the biased variance of a block's channels.</summary>
    public void Combine(int block, double* mean, double* variance)
    {
        for (int c = 0; c < ChannelBlock.Size; c += Vector<float>.Count) Combine(block, c, mean + c, variance + c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Combine(int block, int channel, double* mean, double* variance)
    {
        Vector<double> count = new((double)_images * _size.Area), meanLow = default, meanHigh = default, low = default, high = default;
        for (int image = 0; image < _images; image++)
            for (int run = 0; run < Runs; run++)
            {
                float* sums = Partial(image * _blocks + block, run) + channel;
                Vector<double> pixels = new((double)Rows(run) * _size.Width);
                Vector.Widen(Vector.Load(sums), out Vector<double> centerLow, out Vector<double> centerHigh);
                Vector.Widen(Vector.Load(sums + ChannelBlock.Size), out Vector<double> deviationsLow, out Vector<double> deviationsHigh);
                meanLow += pixels * centerLow + deviationsLow;
                meanHigh += pixels * centerHigh + deviationsHigh;
            }
        (meanLow, meanHigh) = (meanLow / count, meanHigh / count);
        for (int image = 0; image < _images; image++)
            for (int run = 0; run < Runs; run++)
            {
                float* sums = Partial(image * _blocks + block, run) + channel;
                Vector<double> pixels = new((double)Rows(run) * _size.Width);
                Vector.Widen(Vector.Load(sums), out Vector<double> centerLow, out Vector<double> centerHigh);
                Vector.Widen(Vector.Load(sums + ChannelBlock.Size), out Vector<double> deviationsLow, out Vector<double> deviationsHigh);
                Vector.Widen(Vector.Load(sums + 2 * ChannelBlock.Size), out Vector<double> squaresLow, out Vector<double> squaresHigh);
                low += Around(meanLow, centerLow, deviationsLow, squaresLow, pixels);
                high += Around(meanHigh, centerHigh, deviationsHigh, squaresHigh, pixels);
            }
        Vector<double> zero = default;
        meanLow.Store(mean);
        meanHigh.Store(mean + Vector<double>.Count);
        Vector.Max(low / count, zero).Store(variance);
        Vector.Max(high / count, zero).Store(variance + Vector<double>.Count);
    }

    /// <summary>A run's squares around the common mean, from those around its center.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Around(Vector<double> mean, Vector<double> center, Vector<double> deviations, Vector<double> squares,
        Vector<double> pixels)
    {
        Vector<double> distance = center - mean;
        return squares + distance * (deviations + deviations + pixels * distance);
    }
}
