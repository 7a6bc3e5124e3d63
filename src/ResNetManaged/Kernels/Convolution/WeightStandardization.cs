using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Convolution;

/// <summary>A convolution's weights with mean 0 and variance 1 over all weights of each output channel, and their gradient. Sums are double.</summary>
/// <remarks>Qiao et al. 2019, "Micro-Batch Training with Batch-Channel Normalization and Weight Standardization", arXiv:1903.10520, equation 4.</remarks>
internal static unsafe class WeightStandardization
{
    /// <summary>result = (w - mean) / sqrt(var + eps).</summary>
    /// <param name="channels">Output channels.</param>
    /// <param name="weight">OIHW.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="result">OIHW; the weights themselves, or disjoint from them.</param>
    public static void Run(int channels, ReadOnlySpan<float> weight, double eps, Span<float> result)
    {
        Check.Length("WeightStandardization", nameof(result), result.Length, weight.Length);
        fixed (float* w = weight, standardized = result) Run(channels, weight.Length / channels, w, eps, standardized, WorkShare.All);
    }

    /// <summary>The same for this thread's channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int channels, int length, float* weight, double eps, float* result, WorkShare share)
    {
        (int channel, int end) = share.Of(channels);
        for (; channel < end; channel++)
        {
            float* w = weight + (nint)channel * length, standardized = result + (nint)channel * length;
            (double mean, double scale) = Moments(w, length, eps);
            for (int i = 0; i < length; i++) standardized[i] = (float)((w[i] - mean) * scale);
        }
    }

    /// <summary>Adds the gradient of w, from that of the result.</summary>
    /// <param name="channels">Output channels.</param>
    /// <param name="weight">w, OIHW.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="resultGradient">dz, OIHW.</param>
    /// <param name="gradient">dw, OIHW; added to.</param>
    public static void Gradient(int channels, ReadOnlySpan<float> weight, double eps, ReadOnlySpan<float> resultGradient, Span<float> gradient)
    {
        Check.Length("WeightStandardization backward", nameof(resultGradient), resultGradient.Length, weight.Length);
        Check.Length("WeightStandardization backward", nameof(gradient), gradient.Length, weight.Length);
        fixed (float* w = weight, dz = resultGradient, dw = gradient)
            Gradient(channels, weight.Length / channels, w, eps, dz, adds: true, dw, WorkShare.All);
    }

    /// <summary>
    /// The gradient of w, from that of the result: (dz - mean(dz) - z mean(dz z)) / sqrt(var + eps) with z the result, as for a batch norm. Computes this
    /// thread's channels.
    /// </summary>
    /// <param name="channels">Output channels.</param>
    /// <param name="length">Weights of each channel.</param>
    /// <param name="weight">w.</param>
    /// <param name="eps">Added to the variance.</param>
    /// <param name="resultGradient">dz.</param>
    /// <param name="adds">Whether to add to what the gradient holds.</param>
    /// <param name="gradient">dw.</param>
    /// <param name="share">This thread's part.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(int channels, int length, float* weight, double eps, float* resultGradient, bool adds, float* gradient, WorkShare share)
    {
        (int channel, int end) = share.Of(channels);
        for (; channel < end; channel++)
        {
            nint first = (nint)channel * length;
            float* w = weight + first, dz = resultGradient + first, dw = gradient + first;
            (double mean, double scale) = Moments(w, length, eps);
            double sum = 0, products = 0;
            for (int i = 0; i < length; i++)
            {
                sum += dz[i];
                products += dz[i] * (w[i] - mean) * scale;
            }
            for (int i = 0; i < length; i++)
            {
                double value = (dz[i] - sum / length - (w[i] - mean) * scale * products / length) * scale;
                dw[i] = (float)(adds ? dw[i] + value : value);
            }
        }
    }

    private static (double Mean, double Scale) Moments(float* weights, int length, double eps)
    {
        double sum = 0, squares = 0;
        for (int i = 0; i < length; i++) sum += weights[i];
        double mean = sum / length;
        for (int i = 0; i < length; i++) squares += (weights[i] - mean) * (weights[i] - mean);
        return (mean, 1 / Math.Sqrt(squares / length + eps));
    }
}
