using ResNetManaged.Tensors;

namespace ResNetManaged.Layers;

/// <summary>Argument checks shared by several layers.</summary>
internal static class Check
{
    public static Size2D Positive(Size2D size, string name) => size.Height > 0 && size.Width > 0
        ? size
        : throw new ArgumentOutOfRangeException(name, size, "Both numbers must be at least 1.");

    public static Padding2D NotNegative(Padding2D padding, string name) => padding is { Top: >= 0, Left: >= 0, Bottom: >= 0, Right: >= 0 }
        ? padding
        : throw new ArgumentOutOfRangeException(name, padding, "Every side must be at least 0.");
}
