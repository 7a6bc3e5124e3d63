using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Onnx.Rewriting;

/// <summary>Pad of zeros around planes before a Conv or a MaxPool: padding of that.</summary>
internal static class Paddings
{
    /// <summary>The attribute of a MaxPool, not ONNX's, whose padding is zeros.</summary>
    public const string Zeros = "pads_with_zeros";

    public static void Rewrite(NodePatterns patterns, OnnxNode conv)
    {
        bool isPool = conv.Operator == "MaxPool";
        if (conv.Inputs.Count < (isPool ? 1 : 2) || patterns.Only(conv.Inputs[0], "Pad") is not { } pad || pad.Text("mode", "constant") != "constant"
            || pad.Inputs.Count > 3) return;
        if (conv.Text("auto_pad", "NOTSET") is not ("NOTSET" or "VALID")) return;
        bool isZero = pad.Inputs.Count == 3 && pad.Inputs[2].Length > 0 ? patterns.Known(pad, 2) is { Shape.ElementCount: 1, Scalar: 0 }
            : pad.Number("value", 0) == 0;
        long[]? around = pad.Integers("pads") ?? patterns.Known(pad, 1)?.Integers;
        if (!isZero || around is not { Length: 8 } || around.Any(size => size < 0) || around[0] + around[1] + around[4] + around[5] != 0) return;
        long[] own = conv.Text("auto_pad", "NOTSET") == "VALID" ? [0, 0, 0, 0] : conv.Integers("pads") ?? [0, 0, 0, 0];
        if (own.Length != 4 || (isPool && !IsZeroPadded(conv, around, own))) return;
        OnnxAttribute pads = new() { Name = "pads" };
        pads.Integers.AddRange([own[0] + around[2], own[1] + around[3], own[2] + around[6], own[3] + around[7]]);
        OnnxNode joined = NodePatterns.Named(conv, conv.Operator, [pad.Inputs[0], .. conv.Inputs.Skip(1)]);
        foreach ((string name, OnnxAttribute attribute) in conv.Attributes)
        {
            if (name is not ("auto_pad" or "pads")) joined.Attributes[name] = attribute;
        }
        joined.Attributes["pads"] = pads;
        if (isPool) joined.Attributes[Zeros] = new OnnxAttribute { Name = Zeros, Integer = 1 };
        patterns.Replace(joined, pad, conv);
    }

    /// <summary>Whether a MaxPool without padding can take over zeros: at most half a window of them.</summary>
    private static bool IsZeroPadded(OnnxNode pool, long[] around, long[] own) => pool.Outputs.Count == 1 && own.All(size => size == 0)
        && pool.Integer("ceil_mode", 0) == 0
        && (pool.Integers("dilations") ?? [1, 1]).All(size => size == 1) && pool.Integers("kernel_shape") is { Length: 2 } kernel
        && Math.Max(around[2], around[6]) <= kernel[0] / 2 && Math.Max(around[3], around[7]) <= kernel[1] / 2;
}
