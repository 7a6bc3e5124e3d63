using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Normalization;

/// <summary>
/// The numbers of a batch norm whose planes are scaled by factors that a gate computes from their means: y = s (x * scale + shift), one s for each
/// image and channel. For each image, the rows of a <see cref="BatchNormChannels"/>, so that it uses the kernels of a batch norm.
/// </summary>
/// <remarks>
/// Neither the batch norm's output nor its gradient is stored: with per-plane sums A of dz and B of dz (x - mean), everything that the gate and the
/// batch norm need follows from A, B, and the mean of x over the plane. Factors, means and their gradients are row-major, <c>[N, C]</c>.
/// </remarks>
/// <param name="memory"><see cref="Length"/> floats.</param>
/// <param name="images">N.</param>
/// <param name="norm">The batch norm's numbers.</param>
internal readonly unsafe struct GatedNormImages(float* memory, int images, BatchNormChannels norm)
{
    private readonly int _blocks = ChannelBlock.Count(norm.Channels);

    /// <summary>The numbers of all images, as kernels take them.</summary>
    public BatchNormChannels Channels => new(memory, norm.Channels, BatchNormChannels.Length(norm.Channels));

    /// <summary>Floats that it needs: the numbers, and the means of x over each plane.</summary>
    public static int Length(int images, int channels) => checked(images * (BatchNormChannels.Length(channels) + ChannelBlock.Count(channels) * ChannelBlock.Size));

    /// <summary>Computes the means of the batch norm's planes. Computes this thread's planes.</summary>
    /// <param name="size">H and W.</param>
    /// <param name="partials">The sums of x from <see cref="BlockedMoments{TSimd, TVector}"/>.</param>
    /// <param name="means">Receives [N, C].</param>
    /// <param name="share">This thread's part.</param>
    public void Means(Size2D size, float* partials, float* means, WorkShare share)
    {
        double* mean = stackalloc double[ChannelBlock.Size], variance = stackalloc double[ChannelBlock.Size];
        int imagePartials = MomentPartials.Length(1, norm.Channels, size);
        (int plane, int end) = share.Of(images * _blocks);
        for (; plane < end; plane++)
        {
            (int image, int block) = Math.DivRem(plane, _blocks);
            new MomentPartials(1, norm.Channels, size, partials + (nint)image * imagePartials).Combine(block, mean, variance);
            for (int c = block * ChannelBlock.Size, last = Last(block); c < last; c++)
            {
                double value = mean[c % ChannelBlock.Size];
                InputMean(image, c) = (float)value;
                means[(nint)image * norm.Channels + c] = (float)(value * norm.Scale[c] + norm.Shift[c]);
            }
        }
    }

    /// <summary>Sets the scales and shifts of y. Computes this thread's planes.</summary>
    /// <param name="factors">s.</param>
    /// <param name="share">This thread's part.</param>
    public void SetFactors(float* factors, WorkShare share)
    {
        (int plane, int end) = share.Of(images * _blocks);
        for (; plane < end; plane++)
        {
            (int image, int block) = Math.DivRem(plane, _blocks);
            BatchNormChannels numbers = OfImage(image);
            for (int c = block * ChannelBlock.Size; c < (block + 1) * ChannelBlock.Size; c++)
            {
                float factor = c < norm.Channels ? factors[(nint)image * norm.Channels + c] : 0;
                (numbers.Mean[c], numbers.Scale[c], numbers.Shift[c]) = (norm.Mean[c], norm.Scale[c] * factor, norm.Shift[c] * factor);
            }
        }
    }

    /// <summary>The gradients of the factors: ds = the plane's sum of dz (x * scale + shift). Computes this thread's planes.</summary>
    /// <param name="partials">A and B, from <see cref="BlockedChannelSums{TSimd, TVector}"/>.</param>
    /// <param name="factorGradients">Receives ds.</param>
    /// <param name="share">This thread's part.</param>
    public void DifferentiateFactors(float* partials, float* factorGradients, WorkShare share)
    {
        (int plane, int end) = share.Of(images * _blocks);
        for (; plane < end; plane++)
        {
            (int image, int block) = Math.DivRem(plane, _blocks);
            for (int c = block * ChannelBlock.Size, last = Last(block); c < last; c++)
            {
                float* sums = Sums(partials, image, c);
                double atMean = (double)norm.Mean[c] * norm.Scale[c] + norm.Shift[c];
                factorGradients[(nint)image * norm.Channels + c] = (float)(sums[0] * atMean + sums[ChannelBlock.Size] * (double)norm.Scale[c]);
            }
        }
    }

    /// <summary>
    /// Turns the sums of dz into those of the gradient of the batch norm's output, dz s + dm / (H W), where dm is the gradient of the plane's mean.
    /// Computes this thread's blocks.
    /// </summary>
    /// <param name="partials">A and B; receives the sums that <see cref="BatchNormChannels.Differentiate"/> takes.</param>
    /// <param name="factors">s.</param>
    /// <param name="meanGradients">dm.</param>
    /// <param name="share">This thread's part.</param>
    public void ToNorm(float* partials, float* factors, ReadOnlySpan<float> meanGradients, WorkShare share)
    {
        (int block, int end) = share.Of(_blocks);
        for (; block < end; block++)
        {
            for (int image = 0; image < images; image++)
            {
                for (int c = block * ChannelBlock.Size, last = Last(block); c < last; c++)
                {
                    float* sums = Sums(partials, image, c);
                    int index = image * norm.Channels + c;
                    double factor = factors[index], meanGradient = meanGradients[index];
                    sums[0] = (float)(sums[0] * factor + meanGradient);
                    sums[ChannelBlock.Size] = (float)(sums[ChannelBlock.Size] * factor + meanGradient * ((double)InputMean(image, c) - norm.Mean[c]));
                }
            }
        }
    }

    /// <summary>Sets the coefficients that give the gradient of x from dz. Computes this thread's planes.</summary>
    /// <param name="size">H and W.</param>
    /// <param name="meanGradients">dm.</param>
    /// <param name="hasStatisticsOfInput">Whether mean and variance depend on x.</param>
    /// <param name="share">This thread's part.</param>
    public void Differentiate(Size2D size, ReadOnlySpan<float> meanGradients, bool hasStatisticsOfInput, WorkShare share)
    {
        (int plane, int end) = share.Of(images * _blocks);
        for (; plane < end; plane++)
        {
            (int image, int block) = Math.DivRem(plane, _blocks);
            BatchNormChannels numbers = OfImage(image);
            for (int c = block * ChannelBlock.Size; c < (block + 1) * ChannelBlock.Size; c++)
            {
                double meanGradient = c < norm.Channels ? meanGradients[image * norm.Channels + c] : 0;
                numbers.Slope[c] = hasStatisticsOfInput ? norm.Slope[c] : 0;
                numbers.Offset[c] = (float)((hasStatisticsOfInput ? norm.Offset[c] : 0) + norm.Scale[c] * meanGradient / size.Area);
            }
        }
    }

    private float* Sums(float* partials, int image, int channel) =>
        ChannelPartials.OfChannel(ChannelPartials.OfImage(partials, image, norm.Channels), channel);

    private int Last(int block) => Math.Min((block + 1) * ChannelBlock.Size, norm.Channels);

    private BatchNormChannels OfImage(int image) => new(memory + (nint)image * BatchNormChannels.Length(norm.Channels), norm.Channels);

    private ref float InputMean(int image, int channel) =>
        ref memory[(nint)images * BatchNormChannels.Length(norm.Channels) + (nint)image * _blocks * ChannelBlock.Size + channel];
}
