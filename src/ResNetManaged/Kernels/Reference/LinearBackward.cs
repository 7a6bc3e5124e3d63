using System.Numerics.Tensors;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Reference.Gemm;

namespace ResNetManaged.Kernels.Reference;

/// <summary>The gradients of the fully connected layer, <see cref="LinearForward"/>, as matrix products.</summary>
internal static unsafe class LinearBackward
{
    /// <summary>Adds the gradients; an empty one is not computed.</summary>
    /// <param name="batch">N.</param>
    /// <param name="inFeatures">I.</param>
    /// <param name="outFeatures">O.</param>
    /// <param name="input">[N, I].</param>
    /// <param name="weight">[O, I].</param>
    /// <param name="outputGradient">[N, O].</param>
    /// <param name="inputGradient">[N, I], added to; or empty. No gradient may overlap another or any input.</param>
    /// <param name="weightGradient">[O, I], added to; or empty.</param>
    /// <param name="biasGradient">[O], added to; or empty. Its sum over N is double.</param>
    /// <param name="options">Threads and vector width.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the sizes.</exception>
    public static void Run(int batch, int inFeatures, int outFeatures, ReadOnlySpan<float> input, ReadOnlySpan<float> weight,
        ReadOnlySpan<float> outputGradient, Span<float> inputGradient, Span<float> weightGradient, Span<float> biasGradient,
        ExecutionOptions options)
    {
        const string Kernel = "Linear backward";
        Check.Length(Kernel, nameof(input), input.Length, (long)batch * inFeatures);
        Check.Length(Kernel, nameof(weight), weight.Length, (long)outFeatures * inFeatures);
        Check.Length(Kernel, nameof(outputGradient), outputGradient.Length, (long)batch * outFeatures);
        Check.LengthOrEmpty(Kernel, nameof(inputGradient), inputGradient.Length, input.Length);
        Check.LengthOrEmpty(Kernel, nameof(weightGradient), weightGradient.Length, weight.Length);
        Check.LengthOrEmpty(Kernel, nameof(biasGradient), biasGradient.Length, outFeatures);

        if (!inputGradient.IsEmpty)
        {
            using AlignedBuffer scratch = AlignedBuffer.Rent(input.Length);
            Span<float> product = new(scratch.Pointer, input.Length);
            MatrixProduct.Multiply(batch, inFeatures, outFeatures, outputGradient, weight, [], product, options);
            TensorPrimitives.Add(inputGradient, product, inputGradient);
        }
        if (!weightGradient.IsEmpty)
        {
            using AlignedBuffer scratch = AlignedBuffer.Rent(weight.Length), transposed = AlignedBuffer.Rent(outputGradient.Length);
            Span<float> product = new(scratch.Pointer, weight.Length), columns = new(transposed.Pointer, outputGradient.Length);
            MatrixTranspose.Copy(batch, outFeatures, outputGradient, columns);
            MatrixProduct.Multiply(outFeatures, inFeatures, batch, columns, input, [], product, options);
            TensorPrimitives.Add(weightGradient, product, weightGradient);
        }
        for (int o = 0; o < biasGradient.Length; o++)
        {
            double sum = 0;
            for (int n = 0; n < batch; n++) sum += outputGradient[n * outFeatures + o];
            biasGradient[o] += (float)sum;
        }
    }
}
