using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Onnx.Rewriting;

/// <summary>Pad of zeros around planes before a Conv: padding of the Conv.</summary>
internal static class Paddings
{
    public static void Rewrite(NodePatterns patterns, OnnxNode conv)
    {
        if (patterns.Only(conv.Inputs[0], "Pad") is not { } pad || pad.Text("mode", "constant") != "constant" || pad.Inputs.Count > 3) return;
        if (conv.Text("auto_pad", "NOTSET") is not ("NOTSET" or "VALID")) return;
        bool isZero = pad.Inputs.Count == 3 && pad.Inputs[2].Length > 0 ? patterns.Known(pad, 2) is { Shape.ElementCount: 1, Scalar: 0 } : pad.Number("value", 0) == 0;
        long[]? around = pad.Integers("pads") ?? patterns.Known(pad, 1)?.Integers;
        if (!isZero || around is not { Length: 8 } || around.Any(size => size < 0) || around[0] + around[1] + around[4] + around[5] != 0) return;
        long[] own = conv.Text("auto_pad", "NOTSET") == "VALID" ? [0, 0, 0, 0] : conv.Integers("pads") ?? [0, 0, 0, 0];
        if (own.Length != 4) return;
        OnnxAttribute pads = new() { Name = "pads" };
        pads.Integers.AddRange([own[0] + around[2], own[1] + around[3], own[2] + around[6], own[3] + around[7]]);
        OnnxNode joined = new() { File = conv.File, Name = conv.Name, Operator = "Conv", Opset = conv.Opset, Inputs = [pad.Inputs[0], .. conv.Inputs.Skip(1)], Outputs = conv.Outputs };
        foreach ((string name, OnnxAttribute attribute) in conv.Attributes)
        {
            if (name is not ("auto_pad" or "pads")) joined.Attributes[name] = attribute;
        }
        joined.Attributes["pads"] = pads;
        patterns.Replace(joined, pad, conv);
    }
}
