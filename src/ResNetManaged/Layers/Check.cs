using ResNetManaged.Tensors;

namespace ResNetManaged.Layers;

/// <summary>The argument checks that several layers share.</summary>
internal static class Check
{
    public static Size2D Positive(Size2D size, string name) => size.Height > 0 && size.Width > 0
        ? size
        : throw new ArgumentOutOfRangeException(name, size, "Both numbers must be at least 1.");

    public static Size2D NotNegative(Size2D size, string name) => size.Height >= 0 && size.Width >= 0
        ? size
        : throw new ArgumentOutOfRangeException(name, size, "Both numbers must be at least 0.");
}
