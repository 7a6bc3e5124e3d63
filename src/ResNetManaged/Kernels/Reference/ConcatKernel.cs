namespace ResNetManaged.Kernels.Reference;

/// <summary>One operand of a concatenation: in each outer slice, a run of elements within the concatenation's longer slice.</summary>
internal static class ConcatKernel
{
    /// <summary>Copies an operand into its place.</summary>
    /// <param name="outer">Slices, N.</param>
    /// <param name="first">Where the operand starts in a slice of the concatenation.</param>
    /// <param name="input">The operand.</param>
    /// <param name="output">The concatenation.</param>
    /// <exception cref="Tensors.ShapeMismatchException">The operand reaches beyond its slices.</exception>
    public static void Forward(int outer, int first, ReadOnlySpan<float> input, Span<float> output)
    {
        (int run, int slice) = Sizes("Concat", outer, first, input.Length, output.Length);
        for (int n = 0; n < outer; n++) input.Slice(n * run, run).CopyTo(output[(n * slice + first)..]);
    }

    /// <summary>Adds the operand's part of the concatenation's gradient to the operand's gradient.</summary>
    /// <param name="outer">Slices, N.</param>
    /// <param name="first">Where the operand starts in a slice of the concatenation.</param>
    /// <param name="outputGradient">The gradient of the concatenation.</param>
    /// <param name="inputGradient">The gradient of the operand.</param>
    /// <exception cref="Tensors.ShapeMismatchException">The operand reaches beyond its slices.</exception>
    public static void Backward(int outer, int first, ReadOnlySpan<float> outputGradient, Span<float> inputGradient)
    {
        (int run, int slice) = Sizes("Concat backward", outer, first, inputGradient.Length, outputGradient.Length);
        for (int n = 0; n < outer; n++)
        {
            Span<float> sum = inputGradient.Slice(n * run, run);
            System.Numerics.Tensors.TensorPrimitives.Add(sum, outputGradient.Slice(n * slice + first, run), sum);
        }
    }

    private static (int Run, int Slice) Sizes(string kernel, int outer, int first, int part, int whole)
    {
        int run = part / Math.Max(1, outer), slice = whole / Math.Max(1, outer);
        Check.Length(kernel, "the operand", part, (long)outer * run);
        Check.Length(kernel, "the concatenation", whole, (long)outer * slice);
        if (first + run > slice) throw new Tensors.ShapeMismatchException($"{kernel}: {run} elements from {first} on do not fit into {slice}.");
        return (run, slice);
    }
}
