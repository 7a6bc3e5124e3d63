using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Reference;

/// <summary>A convolution over channels: y[n, c] = sum over j of w[j] x[n, c + j - K / 2]; channels outside count as 0. Sums are double.</summary>
internal static unsafe class ChannelConv
{
    /// <summary>Computes y.</summary>
    /// <param name="rows">N.</param>
    /// <param name="input">[N, C].</param>
    /// <param name="weights">[K], K odd.</param>
    /// <param name="output">[N, C]; must not overlap the input.</param>
    /// <param name="options">Threads.</param>
    /// <exception cref="Tensors.ShapeMismatchException">The spans' lengths differ.</exception>
    public static void Forward(int rows, ReadOnlySpan<float> input, ReadOnlySpan<float> weights, Span<float> output, ExecutionOptions options)
    {
        Check.Length("ChannelConv", nameof(output), output.Length, input.Length);
        if (rows == 0) return;
        fixed (float* x = input, w = weights, y = output)
            ParallelLoop.For(rows, options.Threads, new Row(input.Length / rows, weights.Length, x, w, y));
    }

    /// <summary>Adds the gradients: dx[c] = the sum of w[j] dy[c - j + K / 2], dw[j] = the sum of dy[n, c] x[n, c + j - K / 2] over n and c.</summary>
    /// <param name="rows">N.</param>
    /// <param name="input">[N, C].</param>
    /// <param name="weights">[K].</param>
    /// <param name="outputGradient">[N, C].</param>
    /// <param name="inputGradient">[N, C].</param>
    /// <param name="weightGradient">[K], or empty if it is not wanted.</param>
    /// <exception cref="Tensors.ShapeMismatchException">The spans' lengths differ.</exception>
    public static void Backward(int rows, ReadOnlySpan<float> input, ReadOnlySpan<float> weights, ReadOnlySpan<float> outputGradient,
        Span<float> inputGradient, Span<float> weightGradient)
    {
        Check.Length("ChannelConv backward", nameof(outputGradient), outputGradient.Length, input.Length);
        Check.Length("ChannelConv backward", nameof(inputGradient), inputGradient.Length, input.Length);
        Check.LengthOrEmpty("ChannelConv backward", nameof(weightGradient), weightGradient.Length, weights.Length);
        if (rows == 0) return;
        int channels = input.Length / rows, half = weights.Length / 2;
        double[] sums = new double[weights.Length];
        for (int i = 0; i < input.Length; i++)
        {
            int channel = i % channels;
            double sum = 0;
            for (int j = 0; j < weights.Length; j++)
            {
                int read = channel + j - half, written = channel - j + half;
                if ((uint)read < (uint)channels) sums[j] += (double)outputGradient[i] * input[i + j - half];
                if ((uint)written < (uint)channels) sum += (double)weights[j] * outputGradient[i - j + half];
            }
            inputGradient[i] += (float)sum;
        }
        for (int j = 0; j < weightGradient.Length; j++) weightGradient[j] += (float)sums[j];
    }

    private readonly struct Row(int channels, int size, float* input, float* weights, float* output) : IWork
    {
        public void Run(int row)
        {
            float* x = input + (nint)row * channels, y = output + (nint)row * channels;
            for (int c = 0; c < channels; c++)
            {
                double sum = 0;
                for (int j = 0; j < size; j++)
                {
                    int read = c + j - size / 2;
                    if ((uint)read < (uint)channels) sum += (double)weights[j] * x[read];
                }
                y[c] = (float)sum;
            }
        }
    }
}
