using ResNetManaged.Kernels.Layout;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>How a value lies in memory.</summary>
internal enum ValueFormat
{
    /// <summary>Row-major, as tensors are.</summary>
    Plain,

    /// <summary>Images in blocks of channels: <see cref="BlockedLayout"/>.</summary>
    Blocked,

    /// <summary>A matrix [N, C] in blocks of channels: one image of one row, whose pixels are the N rows.</summary>
    Features,
}

/// <summary>A tensor that exists while a plan runs.</summary>
internal sealed class PlanValue(Shape shape, string name)
{
    public Shape Shape { get; } = shape;

    /// <summary>The path of the module that makes it, for people.</summary>
    public string Name { get; } = name;

    public ValueFormat Format { get; set; }

    /// <summary>Where its elements lie, unless it is plain.</summary>
    public BlockedLayout Layout { get; set; }

    /// <summary>Where it is.</summary>
    public Operand Operand { get; set; }

    /// <summary>N where it is blocked; features are one image.</summary>
    public int Images => Format == ValueFormat.Features ? 1 : Shape[0];

    /// <summary>Floats of memory.</summary>
    public int Length => Format == ValueFormat.Plain ? Shape.ElementCount : checked(Images * Layout.ImageStride);

    public override string ToString() => $"{Name} {Shape}";
}

/// <summary>The memory of a value.</summary>
/// <param name="Place">Which memory.</param>
/// <param name="Offset">In floats from the arena's start; of a plain buffer, its number.</param>
internal readonly record struct Operand(Place Place, int Offset = 0)
{
    public override string ToString() => Place == Place.Arena || Place == Place.Buffer ? $"{Place} {Offset}" : $"{Place}";
}

/// <summary>A memory that values are in.</summary>
internal enum Place
{
    /// <summary>The caller's input.</summary>
    Input,

    /// <summary>The caller's output.</summary>
    Output,

    /// <summary>The workspace's one array, which values share over time.</summary>
    Arena,

    /// <summary>An array of its own, for operations that run on tensors.</summary>
    Buffer,
}
