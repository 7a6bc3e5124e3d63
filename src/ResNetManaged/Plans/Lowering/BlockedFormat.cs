using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Lowering;

/// <summary>The format of operations that treat every pixel alike.</summary>
internal static class BlockedFormat
{
    /// <summary>Blocked images for [N, C, H, W], features for [N, C].</summary>
    public static ValueFormat Of(Shape shape) => shape.Rank == 4 ? ValueFormat.Blocked : ValueFormat.Features;
}
