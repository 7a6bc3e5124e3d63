using System.Numerics.Tensors;

namespace ResNetManaged.Kernels;

/// <summary>The fully connected layer.</summary>
internal static class Linear
{
    /// <summary>output[N, O] = input[N, I] * weight^T + bias.</summary>
    /// <param name="batch">N.</param>
    /// <param name="inFeatures">I.</param>
    /// <param name="outFeatures">O.</param>
    /// <param name="input">[N, I].</param>
    /// <param name="weight">[O, I].</param>
    /// <param name="bias">[O], or empty.</param>
    /// <param name="output">[N, O]; overwritten; must not overlap what is read.</param>
    /// <param name="options">Threads and vector width.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span has not the length that the sizes ask for.</exception>
    public static void Forward(int batch, int inFeatures, int outFeatures, ReadOnlySpan<float> input, ReadOnlySpan<float> weight,
        ReadOnlySpan<float> bias, Span<float> output, ExecutionOptions options)
    {
        Window.CheckAtLeast("Linear", "batch", batch, 0);
        Window.CheckAtLeast("Linear", "input features", inFeatures, 0);
        Window.CheckAtLeast("Linear", "output features", outFeatures, 0);
        Check.Length("Linear", nameof(input), input.Length, (long)batch * inFeatures);
        Check.Length("Linear", nameof(weight), weight.Length, (long)outFeatures * inFeatures);
        Check.LengthOrEmpty("Linear", nameof(bias), bias.Length, outFeatures);
        Check.Length("Linear", nameof(output), output.Length, (long)batch * outFeatures);

        Gemm.MultiplyTransposed(batch, outFeatures, inFeatures, input, weight, bias: [], output, options);
        if (bias.IsEmpty) return;
        for (int n = 0; n < batch; n++)
        {
            Span<float> row = output.Slice(n * outFeatures, outFeatures);
            TensorPrimitives.Add(row, bias, row);
        }
    }
}
