namespace ResNetManaged.Onnx.Operators.Evaluation;

/// <summary>The windows that a convolution or a pooling moves over planes of any number of dimensions.</summary>
internal sealed class Windows
{
    /// <summary>Reads the attributes that all operators with windows have.</summary>
    /// <param name="call">The node.</param>
    /// <param name="input">The sizes of the plane.</param>
    /// <param name="kernel">The sizes of the window.</param>
    public Windows(OnnxCall call, int[] input, int[] kernel)
    {
        (Input, Kernel) = (input, kernel);
        Strides = Sizes(call, "strides");
        Dilations = Sizes(call, "dilations");
        (Before, After) = Padding(call);
        bool rounds = call.Integer("ceil_mode", 0) != 0;
        Output = new int[Rank];
        for (int i = 0; i < Rank; i++)
        {
            long left = (long)input[i] + Before[i] + After[i] - Span(i);
            if (left < 0)
                throw call.Mismatch($"moves a window of {Span(i)} over {input[i]} elements with padding of {Before[i]} and {After[i]}",
                "expected a smaller one");
            Output[i] = (int)(left / Strides[i]) + 1;
            bool hasPart = rounds && left % Strides[i] != 0 && (long)Output[i] * Strides[i] < (long)input[i] + Before[i];
            if (hasPart) Output[i]++;
        }
    }

    public int Rank => Input.Length;

    public int[] Input { get; }

    public int[] Kernel { get; }

    public int[] Strides { get; }

    public int[] Dilations { get; }

    /// <summary>Padding before the plane.</summary>
    public int[] Before { get; }

    /// <summary>Padding after the plane.</summary>
    public int[] After { get; }

    public int[] Output { get; }

    /// <summary>The positions of a plane that a window reads, -1 for padding; and whether each lies within the declared padding.</summary>
    /// <param name="window">The position of the window's output in its plane.</param>
    /// <param name="positions">Receives a position for each element of the window.</param>
    /// <param name="counts">Receives whether the element is part of the padded plane; others hang over its end.</param>
    public void Read(int window, int[] positions, bool[] counts)
    {
        for (int k = 0; k < positions.Length; k++)
        {
            int position = 0, stride = 1, element = k, index = window;
            counts[k] = true;
            for (int i = Rank - 1; i >= 0; i--)
            {
                int at = index % Output[i] * Strides[i] - Before[i] + element % Kernel[i] * Dilations[i];
                index /= Output[i];
                element /= Kernel[i];
                if (at >= Input[i] + After[i]) counts[k] = false;
                if (at < 0 || at >= Input[i]) position = -1;
                if (position >= 0) position += at * stride;
                stride *= Input[i];
            }
            positions[k] = position;
        }
    }

    private int Span(int dimension) => (Kernel[dimension] - 1) * Dilations[dimension] + 1;

    private int[] Sizes(OnnxCall call, string attribute)
    {
        if (call.Integers(attribute) is not { } given) return [.. Enumerable.Repeat(1, Rank)];
        return given.Length == Rank && given.All(size => size is > 0 and < 1 << 20) ? Array.ConvertAll(given, size => (int)size)
            : throw call.Mismatch($"has {attribute} [{string.Join(", ", given)}]", $"expected {Rank} positive numbers");
    }

    /// <summary>Padding as the attributes say it: by <c>auto_pad</c> if it is set, or else by <c>pads</c>.</summary>
    private (int[] Before, int[] After) Padding(OnnxCall call)
    {
        string automatic = call.Text("auto_pad", "NOTSET");
        if (automatic is "SAME_UPPER" or "SAME_LOWER")
        {
            int[] total = [.. Enumerable.Range(0, Rank).Select(i =>
                Math.Max(0, (Tensors.Sizes.CeilingDivide(Input[i], Strides[i]) - 1) * Strides[i] + Span(i) - Input[i]))];
            int[] less = Array.ConvertAll(total, size => size / 2), more = Array.ConvertAll(total, size => size - size / 2);
            return automatic == "SAME_UPPER" ? (less, more) : (more, less);
        }
        if (automatic is not ("NOTSET" or "VALID" or ""))
            throw call.Mismatch($"has auto_pad '{automatic}'", "expected NOTSET, VALID, SAME_UPPER or SAME_LOWER");
        if (automatic == "VALID" || call.Integers("pads") is not { } pads) return (new int[Rank], new int[Rank]);
        return pads.Length == 2 * Rank && pads.All(size => Math.Abs(size) < 1 << 20)
            ? ([.. pads.Take(Rank).Select(size => (int)size)], [.. pads.Skip(Rank).Select(size => (int)size)])
            : throw call.Mismatch($"has pads [{string.Join(", ", pads)}]", $"expected {2 * Rank} sizes");
    }
}
