using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels.Reference;

/// <summary>Takes every stride-th pixel and pads the channels with zeros: the parameter-free shortcut (option A).</summary>
internal static class ZeroPadSubsample
{
    /// <summary>output[n, first + c, h, w] = input[n, c, h * stride, w * stride], with first = (outChannels - inChannels) / 2; 0 elsewhere.</summary>
    /// <param name="batch">N.</param>
    /// <param name="inChannels">C of the input.</param>
    /// <param name="outChannels">C of the output, at least as many.</param>
    /// <param name="inputSize">H and W of the input.</param>
    /// <param name="outputSize">H and W of the output: the input's divided by the stride, rounded up.</param>
    /// <param name="stride">The stride between sampled pixels.</param>
    /// <param name="input">[N, inChannels, H, W].</param>
    /// <param name="output">[N, outChannels, H', W']; overwritten; must not overlap the input.</param>
    public static void Forward(int batch, int inChannels, int outChannels, Size2D inputSize, Size2D outputSize, Size2D stride,
        ReadOnlySpan<float> input, Span<float> output)
    {
        Check.Length("ZeroPadSubsample", nameof(input), input.Length, (long)batch * inChannels * inputSize.Area);
        Check.Length("ZeroPadSubsample", nameof(output), output.Length, (long)batch * outChannels * outputSize.Area);
        int firstChannel = (outChannels - inChannels) / 2;
        output.Clear();
        for (int n = 0; n < batch; n++)
        {
            for (int c = 0; c < inChannels; c++)
            {
                ReadOnlySpan<float> from = input.Slice((n * inChannels + c) * inputSize.Area, inputSize.Area);
                Span<float> to = output.Slice((n * outChannels + firstChannel + c) * outputSize.Area, outputSize.Area);
                for (int h = 0; h < outputSize.Height; h++)
                {
                    ReadOnlySpan<float> row = from.Slice(h * stride.Height * inputSize.Width, inputSize.Width);
                    for (int w = 0; w < outputSize.Width; w++) to[h * outputSize.Width + w] = row[w * stride.Width];
                }
            }
        }
    }

    /// <summary>inputGradient[n, c, h * stride, w * stride] += outputGradient[n, first + c, h, w]: sampled pixels get their gradients.</summary>
    /// <param name="batch">N.</param>
    /// <param name="inChannels">C of the input.</param>
    /// <param name="outChannels">C of the output, at least as many.</param>
    /// <param name="inputSize">H and W of the input.</param>
    /// <param name="outputSize">H and W of the output: the input's divided by the stride, rounded up.</param>
    /// <param name="stride">The stride between sampled pixels.</param>
    /// <param name="outputGradient">[N, outChannels, H', W'].</param>
    /// <param name="inputGradient">[N, inChannels, H, W]; added to; must not overlap any input.</param>
    public static void Backward(int batch, int inChannels, int outChannels, Size2D inputSize, Size2D outputSize, Size2D stride,
        ReadOnlySpan<float> outputGradient, Span<float> inputGradient)
    {
        Check.Length("ZeroPadSubsample backward", nameof(outputGradient), outputGradient.Length, (long)batch * outChannels * outputSize.Area);
        Check.Length("ZeroPadSubsample backward", nameof(inputGradient), inputGradient.Length, (long)batch * inChannels * inputSize.Area);
        int firstChannel = (outChannels - inChannels) / 2;
        for (int n = 0; n < batch; n++)
        {
            for (int c = 0; c < inChannels; c++)
            {
                ReadOnlySpan<float> from = outputGradient.Slice((n * outChannels + firstChannel + c) * outputSize.Area, outputSize.Area);
                Span<float> to = inputGradient.Slice((n * inChannels + c) * inputSize.Area, inputSize.Area);
                for (int h = 0; h < outputSize.Height; h++)
                {
                    Span<float> row = to.Slice(h * stride.Height * inputSize.Width, inputSize.Width);
                    for (int w = 0; w < outputSize.Width; w++) row[w * stride.Width] += from[h * outputSize.Width + w];
                }
            }
        }
    }
}
