using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Reference;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Normalization;

/// <summary>A batch norm's parameters and running statistics, as the module stores them: one number per channel.</summary>
internal unsafe struct BatchNormParameters
{
    /// <summary>Gamma; null for 1.</summary>
    public float* Weight;

    /// <summary>Beta; null for 0.</summary>
    public float* Bias;

    /// <summary>Updated by a batch's statistics; null, like the variance, if nothing is tracked.</summary>
    public float* RunningMean;

    /// <summary>The unbiased variance.</summary>
    public float* RunningVariance;

    /// <summary>Added to the variance.</summary>
    public double Eps;

    /// <summary>The weight of a new batch in the running statistics.</summary>
    public double Momentum;
}

/// <summary>
/// A batch norm's per-channel numbers, from the forward pass to the backward pass, for whole blocks of channels.
/// They are 0 in channels that pad the last block, so zeros stay zeros.
/// </summary>
/// <param name="memory"><see cref="Length"/> floats.</param>
/// <param name="channels">C.</param>
/// <param name="imageStride">
/// Floats from one image's numbers to the next one's, if they differ between images: see <see cref="GroupNormImages"/>.
/// </param>
internal readonly unsafe struct BatchNormChannels(float* memory, int channels, int imageStride = 0)
{
    private const int Rows = 7;

    private readonly int _row = ChannelBlock.Count(channels) * ChannelBlock.Size;

    public int Channels => channels;

    /// <summary>Floats from one image's numbers to the next one's; 0 if all images share them, as in a batch norm.</summary>
    public int ImageStride => imageStride;

    public float* Mean => memory;

    /// <summary>The biased variance if it is a batch's.</summary>
    public float* Variance => memory + _row;

    /// <summary>1 / sqrt(variance + eps).</summary>
    public float* InverseDeviation => memory + 2 * _row;

    /// <summary>y = x * scale + shift.</summary>
    public float* Scale => memory + 3 * _row;

    /// <inheritdoc cref="Scale"/>
    public float* Shift => memory + 4 * _row;

    /// <summary>dx = dz * scale + (x - mean) * slope + offset: slope and offset exist because mean and variance also depend on x.</summary>
    public float* Slope => memory + 5 * _row;

    /// <inheritdoc cref="Slope"/>
    public float* Offset => memory + 6 * _row;

    /// <summary>Floats that a batch norm needs.</summary>
    public static int Length(int channels) => Rows * ChannelBlock.Count(channels) * ChannelBlock.Size;

    /// <summary>Uses the running statistics as mean and variance: evaluation mode. Computes this thread's blocks.</summary>
    public void Freeze(in BatchNormParameters parameters, WorkShare share)
    {
        (int block, int end) = share.Of(ChannelBlock.Count(channels));
        for (int c = block * ChannelBlock.Size; c < end * ChannelBlock.Size; c++)
            if (c < channels) Set(c, parameters.RunningMean[c], parameters.RunningVariance[c], parameters);
            else Clear(c);
    }

    /// <summary>Uses a batch's statistics, and updates the running ones. Computes this thread's blocks.</summary>
    /// <param name="images">N.</param>
    /// <param name="size">H and W.</param>
    /// <param name="partials">The sums of x from <see cref="BlockedMoments{TSimd, TVector}"/>.</param>
    /// <param name="parameters">The parameters of the batch norm.</param>
    /// <param name="share">This thread's part.</param>
    public void FromBatch(int images, Size2D size, float* partials, in BatchNormParameters parameters, WorkShare share)
    {
        MomentPartials moments = new(images, channels, size, partials);
        double* mean = stackalloc double[ChannelBlock.Size], variance = stackalloc double[ChannelBlock.Size];
        (int block, int end) = share.Of(ChannelBlock.Count(channels));
        for (; block < end; block++)
        {
            moments.Combine(block, mean, variance);
            int first = block * ChannelBlock.Size, count = Math.Min(ChannelBlock.Size, channels - first);
            for (int lane = 0; lane < ChannelBlock.Size; lane++)
                if (lane < count) Set(first + lane, mean[lane], variance[lane], parameters);
                else Clear(first + lane);
            if (parameters.RunningMean == null) continue;
            BatchNorm.UpdateRunning(new(Mean + first, count), new(Variance + first, count), checked(images * size.Area), parameters.Momentum,
                new(parameters.RunningMean + first, count), new(parameters.RunningVariance + first, count));
        }
    }

    /// <summary>
    /// Computes, from the sums of the backward pass, the gradients of the parameters and the coefficients that give the gradient of x from that of y.
    /// Computes this thread's blocks.
    /// </summary>
    /// <remarks>
    /// With xhat = (x - mean) / sqrt(variance + eps) and M = N * H * W: dgamma = sum(dz * xhat), dbeta = sum(dz),
    /// dx = scale * (dz - dbeta / M - xhat * dgamma / M). Ioffe and Szegedy 2015, arXiv:1502.03167, section 3.
    /// </remarks>
    /// <param name="images">N.</param>
    /// <param name="size">H and W.</param>
    /// <param name="partials">The sums of dz and x from <see cref="BlockedChannelSums{TSimd, TVector}"/>.</param>
    /// <param name="adds">Whether to add to what they hold.</param>
    /// <param name="weightGradient">[C]; null if not needed.</param>
    /// <param name="biasGradient">[C]; null if not needed.</param>
    /// <param name="share">This thread's part.</param>
    public void Differentiate(int images, Size2D size, float* partials, bool adds, float* weightGradient, float* biasGradient, WorkShare share)
    {
        double count = (double)images * size.Area;
        double* sums = stackalloc double[ChannelBlock.Size], products = stackalloc double[ChannelBlock.Size];
        (int block, int end) = share.Of(ChannelBlock.Count(channels));
        for (; block < end; block++)
        {
            ChannelPartials.Combine(images, channels, block, partials, sums, products);
            for (int lane = 0; lane < ChannelBlock.Size; lane++)
            {
                int c = block * ChannelBlock.Size + lane;
                double weight = products[lane] * InverseDeviation[c];
                Slope[c] = (float)(-Scale[c] * (double)InverseDeviation[c] * weight / count);
                Offset[c] = (float)(-Scale[c] * sums[lane] / count);
                if (c >= channels) continue;
                if (weightGradient != null) weightGradient[c] = (float)(adds ? weightGradient[c] + weight : weight);
                if (biasGradient != null) biasGradient[c] = (float)(adds ? biasGradient[c] + sums[lane] : sums[lane]);
            }
        }
    }

    /// <summary>Sets the numbers that the forward pass uses for a channel; those of the backward pass become 0.</summary>
    public void Set(int channel, double mean, double variance, in BatchNormParameters parameters)
    {
        double inverse = 1 / Math.Sqrt(variance + parameters.Eps);
        double scale = (parameters.Weight == null ? 1.0 : parameters.Weight[channel]) * inverse;
        Mean[channel] = (float)mean;
        Variance[channel] = (float)variance;
        InverseDeviation[channel] = (float)inverse;
        Scale[channel] = (float)scale;
        Shift[channel] = (float)((parameters.Bias == null ? 0.0 : parameters.Bias[channel]) - mean * scale);
        Slope[channel] = Offset[channel] = 0f;
    }

    /// <summary>Sets the numbers of the channels that pad the last block to 0.</summary>
    public void ClearPadding()
    {
        for (int c = channels; c < _row; c++) Clear(c);
    }

    private void Clear(int channel)
    {
        for (int row = 0; row < Rows; row++) memory[row * _row + channel] = 0f;
    }
}
