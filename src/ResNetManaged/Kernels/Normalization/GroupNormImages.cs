using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Normalization;

/// <summary>
/// A group norm's numbers, from the forward pass to the backward pass: for each image, the rows of a <see cref="BatchNormChannels"/>. A group norm is
/// a batch norm whose numbers differ from image to image, so it uses the same kernels: <see cref="BlockedMoments{TSimd, TVector}"/>,
/// <see cref="BlockedChannelSums{TSimd, TVector}"/> and <see cref="BlockedBatchNorm{TSimd, TVector}"/>.
/// </summary>
/// <param name="memory"><see cref="Length"/> floats.</param>
/// <param name="images">N.</param>
/// <param name="channels">C, a multiple of the number of groups.</param>
/// <param name="groups">How many groups of neighboring channels there are.</param>
internal readonly unsafe struct GroupNormImages(float* memory, int images, int channels, int groups)
{
    /// <summary>Channels of a group. Groups need not be aligned to blocks.</summary>
    private readonly int _width = channels / groups;

    /// <summary>The numbers of all images, as kernels take them.</summary>
    public BatchNormChannels Channels => new(memory, channels, BatchNormChannels.Length(channels));

    /// <summary>Floats that a group norm needs.</summary>
    public static int Length(int images, int channels) => checked(images * BatchNormChannels.Length(channels));

    /// <summary>Uses the statistics of each image's groups. Computes this thread's groups.</summary>
    /// <remarks>
    /// In double, from each channel's mean m and variance v: mean = the mean of m, variance = the mean of v + (m - mean)^2. Chan, Golub and LeVeque
    /// 1983, "Algorithms for computing the sample variance".
    /// </remarks>
    /// <param name="size">H and W.</param>
    /// <param name="partials">The sums of x from <see cref="BlockedMoments{TSimd, TVector}"/>.</param>
    /// <param name="weight">[C]; null for 1.</param>
    /// <param name="bias">[C]; null for 0.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="share">This thread's part.</param>
    public void FromImages(Size2D size, float* partials, float* weight, float* bias, double eps, WorkShare share)
    {
        double* means = stackalloc double[ChannelBlock.Size], variances = stackalloc double[ChannelBlock.Size];
        int imagePartials = MomentPartials.Length(1, channels, size), blocks = ChannelBlock.Count(channels), combined = -1;
        BatchNormParameters parameters = new() { Weight = weight, Bias = bias, Eps = eps };
        (int item, int end) = share.Of(images * groups);
        for (; item < end; item++)
        {
            (int image, int group) = Math.DivRem(item, groups);
            MomentPartials moments = new(1, channels, size, partials + (nint)image * imagePartials);
            int first = group * _width, last = first + _width - 1;
            double mean = 0, variance = 0;
            for (int c = first; c <= last; c++)
            {
                Combine(c);
                mean += means[c % ChannelBlock.Size];
            }
            mean /= _width;
            for (int c = first; c <= last; c++)
            {
                Combine(c);
                double distance = means[c % ChannelBlock.Size] - mean;
                variance += variances[c % ChannelBlock.Size] + distance * distance;
            }
            variance /= _width;
            BatchNormChannels numbers = OfImage(image);
            for (int c = first; c <= last; c++) numbers.Set(c, mean, variance, parameters);
            if (group == groups - 1) numbers.ClearPadding();

            void Combine(int channel)
            {
                int plane = image * blocks + channel / ChannelBlock.Size;
                if (plane == combined) return;
                moments.Combine(channel / ChannelBlock.Size, means, variances);
                combined = plane;
            }
        }
    }

    /// <summary>
    /// Computes, from the sums of the backward pass, the gradients of the parameters and the coefficients that give the gradient of x from that of y.
    /// Computes this thread's groups and channels.
    /// </summary>
    /// <remarks>
    /// With xhat = (x - mean) / sqrt(variance + eps) and means over the M = C / groups * H * W values of a group:
    /// dx = (weight * dz - mean(weight * dz) - xhat * mean(weight * dz * xhat)) / sqrt(variance + eps);
    /// dweight = sum(dz * xhat) and dbias = sum(dz) over N, H and W.
    /// </remarks>
    /// <param name="size">H and W.</param>
    /// <param name="partials">The sums of dz and x from <see cref="BlockedChannelSums{TSimd, TVector}"/>.</param>
    /// <param name="weight">[C]; null for 1.</param>
    /// <param name="adds">Whether to add to what they hold.</param>
    /// <param name="weightGradient">[C]; null if not needed.</param>
    /// <param name="biasGradient">[C]; null if not needed.</param>
    /// <param name="share">This thread's part.</param>
    public void Differentiate(Size2D size, float* partials, float* weight, bool adds, float* weightGradient, float* biasGradient, WorkShare share)
    {
        (int item, int end) = share.Of(images * groups);
        for (; item < end; item++)
        {
            (int image, int group) = Math.DivRem(item, groups);
            DifferentiateGroup(OfImage(image), ChannelPartials.OfImage(partials, image, channels), group * _width, size, weight);
        }
        (int channel, int endChannel) = share.Of(channels);
        for (; channel < endChannel; channel++)
        {
            double sum = 0, product = 0;
            for (int image = 0; image < images; image++)
            {
                float* sums = ChannelPartials.OfChannel(ChannelPartials.OfImage(partials, image, channels), channel);
                sum += sums[0];
                product += sums[ChannelBlock.Size] * (double)OfImage(image).InverseDeviation[channel];
            }
            if (weightGradient != null) weightGradient[channel] = (float)(adds ? weightGradient[channel] + product : product);
            if (biasGradient != null) biasGradient[channel] = (float)(adds ? biasGradient[channel] + sum : sum);
        }
    }

    private void DifferentiateGroup(BatchNormChannels numbers, float* partials, int first, Size2D size, float* weight)
    {
        double sum = 0, product = 0, inverse = numbers.InverseDeviation[first], count = (double)_width * size.Area;
        for (int c = first; c < first + _width; c++)
        {
            float* sums = ChannelPartials.OfChannel(partials, c);
            double factor = weight == null ? 1 : weight[c];
            sum += factor * sums[0];
            product += factor * sums[ChannelBlock.Size];
        }
        float slope = (float)(-inverse * inverse * inverse * product / count), offset = (float)(-inverse * sum / count);
        for (int c = first; c < first + _width; c++) (numbers.Slope[c], numbers.Offset[c]) = (slope, offset);
    }

    private BatchNormChannels OfImage(int image) => new(memory + (nint)image * BatchNormChannels.Length(channels), channels);
}
