using System.Numerics.Tensors;

namespace ResNetManaged.Kernels.Reference.Channels;

/// <summary>Each channel of the output is a channel of the input, which any number of output channels may be. Any length, 0 included.</summary>
internal static class ChannelSelection
{
    /// <summary>Copies the planes.</summary>
    /// <param name="batch">N.</param>
    /// <param name="channels">Channels of the input.</param>
    /// <param name="sources">For each channel of the output, the channel of the input.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="output">[N, C', H, W]; disjoint from the input.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the given sizes.</exception>
    public static void Forward(int batch, int channels, ReadOnlySpan<int> sources, ReadOnlySpan<float> input, Span<float> output)
    {
        int area = Area("Channel selection", batch, channels, sources.Length, input.Length, output.Length);
        for (int n = 0; n < batch; n++)
            for (int c = 0; c < sources.Length; c++)
                input.Slice((n * channels + sources[c]) * area, area).CopyTo(output[((n * sources.Length + c) * area)..]);
    }

    /// <summary>Adds the gradient of each output channel to that of its source.</summary>
    /// <param name="batch">N.</param>
    /// <param name="channels">Channels of the input.</param>
    /// <param name="sources">For each channel of the output, the channel of the input.</param>
    /// <param name="outputGradient">[N, C', H, W].</param>
    /// <param name="inputGradient">[N, C, H, W], added to.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the given sizes.</exception>
    public static void Backward(int batch, int channels, ReadOnlySpan<int> sources, ReadOnlySpan<float> outputGradient, Span<float> inputGradient)
    {
        int area = Area("Channel selection backward", batch, channels, sources.Length, inputGradient.Length, outputGradient.Length);
        for (int n = 0; n < batch; n++)
        {
            for (int c = 0; c < sources.Length; c++)
            {
                Span<float> sum = inputGradient.Slice((n * channels + sources[c]) * area, area);
                TensorPrimitives.Add(sum, outputGradient.Slice((n * sources.Length + c) * area, area), sum);
            }
        }
    }

    private static int Area(string kernel, int batch, int channels, int outChannels, int input, int output)
    {
        int area = input / Math.Max(1, batch * channels);
        Check.Length(kernel, nameof(input), input, (long)batch * channels * area);
        Check.Length(kernel, nameof(output), output, (long)batch * outChannels * area);
        return area;
    }
}
