using ResNetManaged.Onnx.Constants;
using ResNetManaged.Onnx.Model;

namespace ResNetManaged.Onnx.Rewriting;

/// <summary>Recognizes what exporters wrote as several nodes, because their version of ONNX had no operator for it.</summary>
internal static class Rewrites
{
    /// <summary>Rewrites the nodes, in place.</summary>
    public static void Apply(List<OnnxNode> nodes, IReadOnlyDictionary<string, Constant> constants, string output)
    {
        NodePatterns patterns = new(nodes, constants, output);
        foreach (OnnxNode node in patterns.Nodes)
        {
            if (node.Domain.Length > 0) continue;
            switch (node.Operator)
            {
                case "Mul":
                    if (!GatedActivations.Rewrite(patterns, node)) GaussianUnits.Rewrite(patterns, node);
                    break;
                case "Div": GatedActivations.RewriteQuotient(patterns, node); break;
                case "Add":
                    LayerNorms.Rewrite(patterns, node);
                    GroupNorms.Rewrite(patterns, node);
                    break;
                case "Reshape":
                    ChannelShuffles.Rewrite(patterns, node);
                    ImageParts.RewriteChannelConv(patterns, node);
                    break;
                case "Conv":
                    Paddings.Rewrite(patterns, node);
                    ImageParts.RewriteBlur(patterns, node);
                    break;
                case "MaxPool": Paddings.Rewrite(patterns, node); break;
                case "Pad": ImageParts.RewriteShortcut(patterns, node); break;
            }
        }
    }
}
