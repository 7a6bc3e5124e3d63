using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Onnx.Rewriting;

/// <summary>GELU before version 20: Mul(Mul(x, Add(Erf(Div(x, sqrt(2))), 1)), 0.5), with the factors in any order.</summary>
internal static class GaussianUnits
{
    public static void Rewrite(NodePatterns patterns, OnnxNode last)
    {
        // Mul(Mul(x, sum), 0.5), or Mul(Mul(x, 0.5), sum)
        if (patterns.Beside(last, 0.5) is { } whole)
        {
            if (patterns.Only(whole, "Mul") is { } product && Sum(patterns, product) is { } found) Replace(patterns, last, found, product);
            return;
        }
        if (Sum(patterns, last) is not { } sum || patterns.Only(sum.X, "Mul") is not { } half || patterns.Beside(half, 0.5) is not { } x) return;
        if (sum.Argument == x) Replace(patterns, last, sum with { X = x }, half);
    }

    private static void Replace(NodePatterns patterns, OnnxNode last, in Found found, OnnxNode product)
    {
        if (found.X == found.Argument) patterns.Replace(NodePatterns.Named(last, "Gelu", [found.X]), found.Quotient, found.Erf, found.Add, product,
            last);
    }

    /// <summary>The nodes of x * (erf(argument / sqrt(2)) + 1); null if a product is not that.</summary>
    private static Found? Sum(NodePatterns patterns, OnnxNode product)
    {
        foreach (string name in product.Inputs)
        {
            if (patterns.Only(name, "Add") is not { } add || patterns.Beside(add, 1) is not { } error) continue;
            if (patterns.Only(error, "Erf") is not { } erf || NodePatterns.Other(product, name) is not { } x) continue;
            if (patterns.Only(erf.Inputs[0], "Div") is { } quotient && patterns.IsNumber(quotient, 1, Math.Sqrt(2)))
                return new Found(x, quotient.Inputs[0], quotient, erf, add);
            if (patterns.Only(erf.Inputs[0], "Mul") is { } scaled && patterns.Beside(scaled, Math.Sqrt(0.5)) is { } argument)
                return new Found(x, argument, scaled, erf, add);
        }
        return null;
    }

    private readonly record struct Found(string X, string Argument, OnnxNode Quotient, OnnxNode Erf, OnnxNode Add);
}
