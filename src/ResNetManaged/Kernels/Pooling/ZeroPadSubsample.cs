using ResNetManaged.Tensors;

namespace ResNetManaged.Kernels;

/// <summary>Takes every stride-th pixel and puts zero channels around: what the parameter-free shortcut (option A) computes.</summary>
internal static class ZeroPadSubsample
{
    /// <summary>output[n, first + c, h, w] = input[n, c, h * stride, w * stride], with first = (outChannels - inChannels) / 2; 0 elsewhere.</summary>
    /// <param name="batch">N.</param>
    /// <param name="inChannels">C of the input.</param>
    /// <param name="outChannels">C of the output, at least as many.</param>
    /// <param name="inputSize">H and W of the input.</param>
    /// <param name="outputSize">H and W of the output: the input's divided by the stride, rounded up.</param>
    /// <param name="stride">The step between pixels taken.</param>
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
}
