using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Reference.Gemm;
using ResNetManaged.Kernels.Simd;

namespace ResNetManaged.Kernels.Reference;

/// <summary>Convolution as a matrix product: weights [O, I * KH * KW] times patches [I * KH * KW, OH * OW], per image and group.</summary>
/// <remarks>
/// Chellapilla et al. 2006, "High performance convolutional neural networks for document processing", but the patch matrix is never
/// built: <see cref="Im2ColSource"/> packs the panels that the product needs directly from the image.
/// </remarks>
internal static unsafe class Im2ColConv
{
    /// <summary>output = input convolved with weight, plus bias.</summary>
    /// <param name="geometry">All sizes.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="weight">[O, C / groups, KH, KW].</param>
    /// <param name="bias">[O], or empty.</param>
    /// <param name="output">[N, O, OH, OW]; overwritten; must not overlap any input.</param>
    /// <param name="options">Threads and vector width.</param>
    /// <exception cref="Tensors.ShapeMismatchException">A span's length does not match the geometry.</exception>
    public static void Forward(in ConvGeometry geometry, ReadOnlySpan<float> input, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias,
        Span<float> output, ExecutionOptions options) =>
        Forward(geometry, input, weight, bias, output, SimdDispatch.Resolve(options.Simd), options.Threads);

    /// <summary>The same on a given vector width, which must not be <see cref="SimdPath.Auto"/>.</summary>
    public static void Forward(in ConvGeometry geometry, ReadOnlySpan<float> input, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias,
        Span<float> output, SimdPath simd, int threads)
    {
        Check.Length("Convolution", nameof(input), input.Length, geometry.InputLength);
        Check.Length("Convolution", nameof(weight), weight.Length, geometry.WeightLength);
        Check.LengthOrEmpty("Convolution", nameof(bias), bias.Length, geometry.OutChannels);
        Check.Length("Convolution", nameof(output), output.Length, geometry.OutputLength);
        int groups = geometry.Groups, columns = geometry.Output.Area;
        fixed (float* x = input, w = weight, b = bias, y = output)
        {
            GemmProblem problem = new(geometry.OutChannels / groups, columns, geometry.Depth, geometry.Batch * groups, groups, w, b, y);
            if (geometry.IsPointwise) MatrixProduct.Run(problem, new MatrixSource(x, geometry.Depth, columns), simd, threads);
            else MatrixProduct.Run(problem, new Im2ColSource(geometry, x), simd, threads);
        }
    }
}
