using System.Collections.Immutable;
using ResNetManaged.Models.Blocks;

namespace ResNetManaged.Models.Variants;

/// <summary>insightface's networks, which embed faces: 512 features of images of 112 x 112.</summary>
internal static class FaceVariants
{
    /// <summary>The networks, from shallow to deep.</summary>
    public static (string Name, ResNetConfig Config)[] All { get; } =
    [
        ("iresnet18", Face(2, 2, 2, 2)),
        ("iresnet34", Face(3, 4, 6, 3)),
        ("iresnet50", Face(3, 4, 14, 3)),
        ("iresnet100", Face(3, 13, 30, 3)),
    ];

    private static ResNetConfig Face(params ImmutableArray<int> depths) => new()
    {
        Block = FaceUnit.Kind,
        Depths = depths,
        Stem = StemKind.Face,
        NumClasses = 0,
    };
}
