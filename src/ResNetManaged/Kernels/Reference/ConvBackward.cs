using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Reference.Gemm;
using ResNetManaged.Kernels.Simd;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Kernels.Reference;

/// <summary>The gradients of a convolution as matrix products, per image and group.</summary>
/// <remarks>
/// The forward pass is Y = W X + bias with the weights W [O, K], the patches X [K, P] and K = I * KH * KW, P = OH * OW
/// (<see cref="Im2ColConv"/>). With G the gradient of Y: dW = G X^T, dbias = the sums of G's rows, and the gradient of the patches is W^T G,
/// which is added to the pixels they were copied from. Images are added in order, so results do not depend on the number of threads.
/// </remarks>
internal static unsafe class ConvBackward
{
    private const string Kernel = "Convolution backward";

    /// <summary>Adds the gradients; an empty one is not computed.</summary>
    /// <param name="geometry">All sizes.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="weight">[O, C / groups, KH, KW].</param>
    /// <param name="outputGradient">[N, O, OH, OW].</param>
    /// <param name="inputGradient">[N, C, H, W], added to; or empty. No gradient may overlap another or any input.</param>
    /// <param name="weightGradient">[O, C / groups, KH, KW], added to; or empty.</param>
    /// <param name="biasGradient">[O], added to; or empty. Its sums are double.</param>
    /// <param name="options">Threads and vector width.</param>
    /// <exception cref="Tensors.ShapeMismatchException">
    /// A span's length does not match the geometry, or the patches of one image and group have more elements than an array can hold.
    /// </exception>
    public static void Run(in ConvGeometry geometry, ReadOnlySpan<float> input, ReadOnlySpan<float> weight, ReadOnlySpan<float> outputGradient,
        Span<float> inputGradient, Span<float> weightGradient, Span<float> biasGradient, ExecutionOptions options)
    {
        Check.Length(Kernel, nameof(input), input.Length, geometry.InputLength);
        Check.Length(Kernel, nameof(weight), weight.Length, geometry.WeightLength);
        Check.Length(Kernel, nameof(outputGradient), outputGradient.Length, geometry.OutputLength);
        Check.LengthOrEmpty(Kernel, nameof(inputGradient), inputGradient.Length, geometry.InputLength);
        Check.LengthOrEmpty(Kernel, nameof(weightGradient), weightGradient.Length, geometry.WeightLength);
        Check.LengthOrEmpty(Kernel, nameof(biasGradient), biasGradient.Length, geometry.OutChannels);
        Check.FitsArray("Convolution patches", 1, geometry.Depth, geometry.Output);

        using AlignedBuffer buffer = AlignedBuffer.Rent(geometry.Depth * geometry.Output.Area + 1); // packing may write one float past the end
        Span<float> patches = new(buffer.Pointer, geometry.Depth * geometry.Output.Area);
        if (!inputGradient.IsEmpty) AddInputGradient(geometry, weight, outputGradient, patches, inputGradient, options);
        if (!weightGradient.IsEmpty) AddWeightGradient(geometry, input, outputGradient, patches, weightGradient, options);
        if (!biasGradient.IsEmpty) AddBiasGradient(geometry, outputGradient, biasGradient);
    }

    private static void AddInputGradient(in ConvGeometry geometry, ReadOnlySpan<float> weight, ReadOnlySpan<float> outputGradient,
        Span<float> patches, Span<float> inputGradient, ExecutionOptions options)
    {
        int channels = geometry.OutChannels / geometry.Groups, depth = geometry.Depth, area = geometry.Output.Area;
        using AlignedBuffer buffer = AlignedBuffer.Rent(channels * depth);
        Span<float> transposed = new(buffer.Pointer, channels * depth);
        for (int group = 0; group < geometry.Groups; group++)
        {
            MatrixTranspose.Copy(channels, depth, weight.Slice(group * channels * depth, channels * depth), transposed);
            for (int item = group; item < geometry.Batch * geometry.Groups; item += geometry.Groups)
            {
                MatrixProduct.Multiply(depth, area, channels, transposed, outputGradient.Slice(item * channels * area, channels * area), [], patches, options);
                fixed (float* columns = patches, dx = inputGradient)
                    ParallelLoop.For(geometry.InChannels / geometry.Groups, options.Threads, new AddPatches(geometry, item, columns, dx));
            }
        }
    }

    private static void AddWeightGradient(in ConvGeometry geometry, ReadOnlySpan<float> input, ReadOnlySpan<float> outputGradient,
        Span<float> patches, Span<float> weightGradient, ExecutionOptions options)
    {
        int channels = geometry.OutChannels / geometry.Groups, depth = geometry.Depth, area = geometry.Output.Area;
        using AlignedBuffer buffer = AlignedBuffer.Rent(channels * depth);
        Span<float> product = new(buffer.Pointer, channels * depth);
        for (int item = 0; item < geometry.Batch * geometry.Groups; item++)
        {
            // One lane, so that the rows of the patches are contiguous.
            fixed (float* x = input, columns = patches)
                new Im2ColSource(geometry, x).Pack<SimdScalar, float>(item, new PanelPart(0, depth, 0, area, area), columns);
            MatrixProduct.MultiplyTransposed(channels, depth, area, outputGradient.Slice(item * channels * area, channels * area), patches, [], product, options);
            Span<float> sum = weightGradient.Slice(item % geometry.Groups * channels * depth, channels * depth);
            TensorPrimitives.Add(sum, product, sum);
        }
    }

    private static void AddBiasGradient(in ConvGeometry geometry, ReadOnlySpan<float> outputGradient, Span<float> biasGradient)
    {
        int area = geometry.Output.Area;
        for (int o = 0; o < biasGradient.Length; o++)
        {
            double sum = 0;
            for (int n = 0; n < geometry.Batch; n++) sum += PlaneSum.Of(outputGradient.Slice((n * geometry.OutChannels + o) * area, area));
            biasGradient[o] += (float)sum;
        }
    }

    /// <summary>
    /// Adds one input channel's rows of the patches [K, P] to its plane: item = image * groups + group, as in <see cref="Im2ColSource"/>.
    /// </summary>
    private readonly struct AddPatches(ConvGeometry geometry, int item, float* patches, float* input) : IWork
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int channel)
        {
            (int height, int width) = geometry.Input;
            int stride = geometry.Stride.Width;
            float* plane = input + ((nint)item * (geometry.InChannels / geometry.Groups) + channel) * height * width;
            float* row = patches + (nint)channel * geometry.Kernel.Area * geometry.Output.Area;
            for (int kh = 0; kh < geometry.Kernel.Height; kh++)
            {
                for (int kw = 0; kw < geometry.Kernel.Width; kw++)
                {
                    int shift = kw * geometry.Dilation.Width - geometry.Padding.Left;
                    (int first, int end) = Window.Inside(width, geometry.Output.Width, stride, shift);
                    for (int oh = 0; oh < geometry.Output.Height; oh++, row += geometry.Output.Width)
                    {
                        int h = oh * geometry.Stride.Height + kh * geometry.Dilation.Height - geometry.Padding.Top;
                        if ((uint)h >= (uint)height) continue;
                        float* pixels = plane + (nint)h * width + shift;
                        for (int ow = first; ow < end; ow++) pixels[(nint)ow * stride] += row[ow];
                    }
                }
            }
        }
    }
}
