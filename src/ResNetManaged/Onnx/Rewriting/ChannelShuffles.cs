using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Onnx.Rewriting;

/// <summary>
/// ShuffleNet's shuffle, Reshape to [N, g, C / g, H, W], Transpose of dimensions 1 and 2, Reshape back: one node of an operator of our own that reads
/// both shapes, because whether they are these is known only when the input's shape is.
/// </summary>
internal static class ChannelShuffles
{
    public const string Operator = "ChannelShuffle";

    public static void Rewrite(NodePatterns patterns, OnnxNode last)
    {
        if (last.Inputs.Count != 2 || patterns.Only(last.Inputs[0], "Transpose") is not { } transpose) return;
        if (transpose.Integers("perm") is not [0, 2, 1, 3, 4]
            || patterns.Only(transpose.Inputs[0], "Reshape") is not { Inputs.Count: 2 } first) return;
        patterns.Replace(NodePatterns.Named(last, Operator, [first.Inputs[0], first.Inputs[1], last.Inputs[1]]), first, transpose, last);
    }
}
