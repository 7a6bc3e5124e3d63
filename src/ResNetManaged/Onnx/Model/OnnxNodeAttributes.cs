using ResNetManaged.Serialization;
using ResNetManaged.Tensors;

namespace ResNetManaged.Onnx.Model;

/// <summary>Reads a node's attributes, whose types are checked.</summary>
internal static class OnnxNodeAttributes
{
    public static long Integer(this OnnxNode node, string attribute, long otherwise) =>
        node.Attributes.TryGetValue(attribute, out OnnxAttribute? found) ? found.Integer ?? throw Wrong(node, attribute, "an integer") : otherwise;

    public static double Number(this OnnxNode node, string attribute, double otherwise) =>
        node.Attributes.TryGetValue(attribute, out OnnxAttribute? found) ? found.Number ?? throw Wrong(node, attribute, "a number") : otherwise;

    public static string Text(this OnnxNode node, string attribute, string otherwise) =>
        node.Attributes.TryGetValue(attribute, out OnnxAttribute? found) ? found.Text ?? throw Wrong(node, attribute, "a text") : otherwise;

    /// <summary>A list of integers; null if there is no such attribute.</summary>
    public static long[]? Integers(this OnnxNode node, string attribute) =>
        node.Attributes.TryGetValue(attribute, out OnnxAttribute? found) ? [.. found.Integers] : null;

    /// <summary>A list of numbers; null if there is no such attribute.</summary>
    public static double[]? Numbers(this OnnxNode node, string attribute) =>
        node.Attributes.TryGetValue(attribute, out OnnxAttribute? found) ? [.. found.Numbers] : null;

    /// <summary>A shape whose sizes were computed; throws if it is not one, or too large.</summary>
    public static Shape ShapeOf(this OnnxNode node, IEnumerable<long> sizes)
    {
        long[] dimensions = [.. sizes];
        bool isShape = Array.TrueForAll(dimensions, size => size is >= 0 and <= int.MaxValue);
        int[] checkedSizes = isShape ? Array.ConvertAll(dimensions, size => (int)size) : [];
        int most = node.Budget?.ElementsLeft ?? MostElements;
        return isShape && Shape.CountElements(checkedSizes) is { } count && count <= most ? Shape.Create(checkedSizes)
            : throw OnnxErrors.Node(node, $"makes a tensor of shape [{string.Join(", ", dimensions.Take(MostPrinted))}]",
                $"expected sizes from 0 and at most {most} elements");
    }

    /// <summary>More than any activation of an image network has.</summary>
    private const int MostElements = 1 << 28;

    private const int MostPrinted = 10;

    private static CheckpointException Wrong(OnnxNode node, string attribute, string expected) =>
        OnnxErrors.Node(node, $"has an attribute '{attribute}' of another type", $"expected {expected}");
}
