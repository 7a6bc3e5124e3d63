using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Quantized;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>How a value is laid out in memory.</summary>
internal enum ValueFormat
{
    /// <summary>Row-major, as in a tensor.</summary>
    Plain,

    /// <summary>Images in blocks of channels: <see cref="BlockedLayout"/>.</summary>
    Blocked,

    /// <summary>A matrix [N, C] in blocks of channels: one image of one row, whose pixels are the N rows.</summary>
    Features,
}

/// <summary>A tensor that exists while a plan runs: activations, or the gradient of activations.</summary>
internal sealed class PlanValue(Shape shape, string name, ElementType type = ElementType.Float32)
{
    public Shape Shape { get; } = shape;

    /// <summary>The path of the module that produces it, for printing.</summary>
    public string Name { get; } = name;

    /// <summary>Distinguishes it from the other values of its graph, whatever is fused: its name, with a number if the module was called before.</summary>
    public string Key { get; init; } = name;

    /// <summary>The type of its elements.</summary>
    public ElementType Type { get; private set; } = type;

    /// <summary>How its bytes stand for numbers; null if it has floats.</summary>
    public QuantizedRange? Range { get; private set; }

    public ValueFormat Format { get; private set; }

    /// <summary>How its elements are laid out, unless it is plain.</summary>
    public BlockedLayout Layout { get; private set; }

    /// <summary>Its memory.</summary>
    public Operand Operand { get; set; }

    /// <summary>Images in its layout: N, but 1 for features.</summary>
    public int Images => Format == ValueFormat.Features ? 1 : Shape[0];

    /// <summary>Elements that it occupies, halo and padding included.</summary>
    public int Length => Format == ValueFormat.Plain ? Shape.ElementCount : checked(Images * Layout.ImageStride);

    /// <summary>Bytes that it occupies.</summary>
    public long Bytes => (long)Length * Type.Size();

    /// <summary>Stores it as bytes.</summary>
    public void Quantize(QuantizedRange range) => (Type, Range) = (ElementType.UInt8, range);

    /// <summary>Sets the format, without a halo yet.</summary>
    /// <param name="format">The format.</param>
    /// <param name="blockSize">Channels of a block of <see cref="ValueFormat.Blocked"/>: 16, 1 for planes, or 4 for bytes of few channels.</param>
    public void SetFormat(ValueFormat format, int blockSize = ChannelBlock.Size)
    {
        Format = format;
        Layout = format switch
        {
            ValueFormat.Blocked => new BlockedLayout(Shape[1], new Size2D(Shape[2], Shape[3]), default, blockSize),
            ValueFormat.Features => new BlockedLayout(Shape[1], new Size2D(1, Shape[0]), default),
            _ => default,
        };
    }

    /// <summary>Makes the halo at least as large as a reader needs.</summary>
    public void AddHalo(Halo halo)
    {
        if (Format != ValueFormat.Plain) Layout = new BlockedLayout(Layout.Channels, Layout.Size, Halo.Max(Layout.Halo, halo), Layout.BlockSize);
    }

    /// <summary>A value for this one's gradient: the same shape and format, in blocks of 16, with its own halo, as its reader needs it.</summary>
    public PlanValue NewGradient()
    {
        PlanValue gradient = new(Shape, $"gradient of {Name}", Type);
        gradient.SetFormat(Format);
        return gradient;
    }

    public override string ToString() => $"{Name} {Shape}";
}

/// <summary>The memory of a value.</summary>
/// <param name="Place">The memory it is in.</param>
/// <param name="Offset">In bytes from the memory's start; for <see cref="Place.Buffer"/>, the buffer's index.</param>
internal readonly record struct Operand(Place Place, long Offset = 0)
{
    public override string ToString() => Place is Place.Arena or Place.Buffer ? $"{Place} {Offset}" : $"{Place}";
}

/// <summary>A memory that holds values.</summary>
internal enum Place
{
    /// <summary>The workspace's single allocation, which values share over time.</summary>
    Arena,

    /// <summary>The caller's input.</summary>
    Input,

    /// <summary>The caller's output.</summary>
    Output,

    /// <summary>The gradient of the output, which the loss fills in.</summary>
    OutputGradient,

    /// <summary>The gradients of the input, one for each of its readers.</summary>
    InputGradient,

    /// <summary>A separate array, for operations that run on tensors.</summary>
    Buffer,
}
