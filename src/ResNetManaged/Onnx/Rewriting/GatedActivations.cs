using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Onnx.Rewriting;

/// <summary>x times a function of x: Swish, and HardSwish with or without an operator for the hard sigmoid.</summary>
internal static class GatedActivations
{
    /// <summary>Mul(x, Sigmoid(x)), Mul(x, HardSigmoid(x)), Mul(x, Div(Clip(Add(x, 3), 0, 6), 6)).</summary>
    public static bool Rewrite(NodePatterns patterns, OnnxNode product)
    {
        foreach (string gate in product.Inputs)
        {
            if (NodePatterns.Other(product, gate) is not { } x) continue;
            if (patterns.Only(gate, "Sigmoid") is { } sigmoid && sigmoid.Inputs[0] == x)
            {
                patterns.Replace(NodePatterns.Named(product, "Swish", [x]), sigmoid, product);
                return true;
            }
            if (patterns.Only(gate, "HardSigmoid") is { } hard && hard.Inputs[0] == x && IsOfSixths(hard))
            {
                patterns.Replace(NodePatterns.Named(product, "HardSwish", [x]), hard, product);
                return true;
            }
            if (patterns.Only(gate, "Div") is { } sixth && patterns.IsNumber(sixth, 1, 6) && Clipped(patterns, sixth.Inputs[0], x) is { } clipped)
            {
                patterns.Replace(NodePatterns.Named(product, "HardSwish", [x]), clipped.Sum, clipped.Clip, sixth, product);
                return true;
            }
        }
        return false;
    }

    /// <summary>Div(Mul(x, Clip(Add(x, 3), 0, 6)), 6), and Div(Clip(Add(x, 3), 0, 6), 6), which is HardSigmoid.</summary>
    public static void RewriteQuotient(NodePatterns patterns, OnnxNode quotient)
    {
        if (!patterns.IsNumber(quotient, 1, 6)) return;
        if (patterns.Only(quotient.Inputs[0], "Mul") is not { } product)
        {
            if (patterns.Only(quotient.Inputs[0], "Clip") is not { } clip || Summed(patterns, clip) is not { } sum) return;
            if (patterns.Beside(sum, 3) is not { } input) return;
            patterns.Replace(NodePatterns.Named(quotient, "HardSigmoid", [input], new OnnxAttribute { Name = "alpha", Number = 1f / 6 },
                new OnnxAttribute { Name = "beta", Number = 0.5f }), sum, clip, quotient);
            return;
        }
        foreach (string gate in product.Inputs)
        {
            if (NodePatterns.Other(product, gate) is not { } x || Clipped(patterns, gate, x) is not { } clipped) continue;
            patterns.Replace(NodePatterns.Named(quotient, "HardSwish", [x]), clipped.Sum, clipped.Clip, product, quotient);
            return;
        }
    }

    private static bool IsOfSixths(OnnxNode hard) =>
        (float)hard.Number("alpha", 0.2) is > 0.16666f and < 0.16667f && hard.Number("beta", 0.5) == 0.5;

    /// <summary>The nodes of Clip(Add(x, 3), 0, 6); null if a value is not computed by them.</summary>
    private static (OnnxNode Sum, OnnxNode Clip)? Clipped(NodePatterns patterns, string name, string x) =>
        patterns.Only(name, "Clip") is { } clip && Summed(patterns, clip) is { } sum && patterns.Beside(sum, 3) == x ? (sum, clip) : null;

    private static OnnxNode? Summed(NodePatterns patterns, OnnxNode clip)
    {
        double? smallest = patterns.Known(clip, 1)?.Scalar ?? (clip.Attributes.ContainsKey("min") ? clip.Number("min", 0) : null);
        double? largest = patterns.Known(clip, 2)?.Scalar ?? (clip.Attributes.ContainsKey("max") ? clip.Number("max", 0) : null);
        return smallest == 0 && largest == 6 ? patterns.Only(clip.Inputs[0], "Add") : null;
    }
}
