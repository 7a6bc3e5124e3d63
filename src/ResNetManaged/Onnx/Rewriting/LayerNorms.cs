using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Onnx.Rewriting;

/// <summary>Layer norm before version 17, over the last dimension: with d = x - mean(x), d / sqrt(mean(d^2) + epsilon) * scale + shift.</summary>
internal static class LayerNorms
{
    public static void Rewrite(NodePatterns patterns, OnnxNode last)
    {
        for (int i = 0; i < 2; i++)
        {
            if (last.Inputs.Count != 2 || patterns.Known(last, 1 - i) is not { Shape.Rank: 1 }
                || patterns.Only(last.Inputs[i], "Mul") is not { } scaled) continue;
            for (int j = 0; j < 2; j++)
            {
                if (patterns.Known(scaled, 1 - j) is { Shape.Rank: 1 } && patterns.Only(scaled.Inputs[j], "Div") is { } quotient
                    && Replace(patterns, quotient, scaled, last, scaled.Inputs[1 - j], last.Inputs[1 - i])) return;
            }
        }
    }

    private static bool Replace(NodePatterns patterns, OnnxNode quotient, OnnxNode scaled, OnnxNode last, string scale, string shift)
    {
        string d = quotient.Inputs[0];
        if (patterns.Any(d, "Sub") is not { } difference || patterns.ReadersOf(d) != 2 || patterns.Only(quotient.Inputs[1], "Sqrt") is not { } root)
            return false;
        if (patterns.Only(root.Inputs[0], "Add") is not { } sum) return false;
        int known = patterns.Known(sum, 1) is null ? 0 : 1;
        if (patterns.Known(sum, known) is not { Shape.ElementCount: 1 } epsilon
            || patterns.Only(sum.Inputs[1 - known], "ReduceMean") is not { } variance) return false;
        if (patterns.Only(variance.Inputs[0], "Pow") is not { } square || square.Inputs[0] != d || !patterns.IsNumber(square, 1, 2)) return false;
        if (patterns.Only(difference.Inputs[1], "ReduceMean") is not { } mean || mean.Inputs[0] != difference.Inputs[0]) return false;
        if (!IsOfLast(patterns, mean) || !IsOfLast(patterns, variance)) return false;
        OnnxNode norm = NodePatterns.Named(last, "LayerNormalization", [difference.Inputs[0], scale, shift],
            new OnnxAttribute { Name = "axis", Integer = -1 }, new OnnxAttribute { Name = "epsilon", Number = (float)epsilon.Scalar });
        patterns.Replace(norm, mean, difference, square, variance, sum, root, quotient, scaled, last);
        return true;
    }

    private static bool IsOfLast(NodePatterns patterns, OnnxNode mean)
    {
        Constant? input = patterns.Known(mean, 1);
        long[] axes = mean.Integers("axes") ?? input?.Integers ?? [];
        return axes is [-1] && mean.Integer("keepdims", 1) == 1;
    }
}
