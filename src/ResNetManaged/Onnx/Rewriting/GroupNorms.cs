using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Onnx.Rewriting;

/// <summary>Group norm before version 18: Reshape to [0, groups, -1], InstanceNormalization by ones and zeros, Reshape to the shape before, Mul,
/// Add.</summary>
internal static class GroupNorms
{
    public static void Rewrite(NodePatterns patterns, OnnxNode last)
    {
        if (last.Inputs.Count != 2) return;
        int shift = IsByChannel(patterns, last, 1) ? 1 : IsByChannel(patterns, last, 0) ? 0 : -1;
        if (shift < 0 || patterns.Only(last.Inputs[1 - shift], "Mul") is not { Inputs.Count: 2 } scaled) return;
        int scale = IsByChannel(patterns, scaled, 1) ? 1 : IsByChannel(patterns, scaled, 0) ? 0 : -1;
        if (scale < 0 || patterns.Only(scaled.Inputs[1 - scale], "Reshape") is not { Inputs.Count: 2 } back) return;
        if (patterns.Only(back.Inputs[0], "InstanceNormalization") is not { Inputs.Count: 3 } norm || !IsAll(patterns, norm, 1, 1)
            || !IsAll(patterns, norm, 2, 0)) return;
        if (patterns.Only(norm.Inputs[0], "Reshape") is not { Inputs.Count: 2 } first || patterns.Known(first, 1)?.Integers is not [0,
            > 0 and long groups, -1]) return;
        if (patterns.Any(back.Inputs[1], "Shape") is not { Inputs.Count: 1, Attributes.Count: 0 } shape || shape.Inputs[0] != first.Inputs[0]) return;
        patterns.Replace(NodePatterns.Named(last, "GroupNormalization", [first.Inputs[0], scaled.Inputs[scale], last.Inputs[shift]],
            new OnnxAttribute { Name = "num_groups", Integer = groups },
            new OnnxAttribute { Name = "epsilon", Number = (float)norm.Number("epsilon", 1e-5) }), first, norm, back, scaled, last);
    }

    /// <summary>Whether an input has a number for each channel of images: shape [C, 1, 1] or [1, C, 1, 1].</summary>
    private static bool IsByChannel(NodePatterns patterns, OnnxNode node, int input) =>
        patterns.Known(node, input) is { Shape: { Rank: 3 or 4 } shape } && shape[^3] == shape.ElementCount;

    private static bool IsAll(NodePatterns patterns, OnnxNode node, int input, double number) =>
        patterns.Known(node, input) is { } constant && constant.Type.IsFloat() && Array.TrueForAll(constant.Numbers, element => element == number);
}
