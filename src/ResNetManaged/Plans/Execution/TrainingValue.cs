using ResNetManaged.Kernels.Layout;
using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Execution;

/// <summary>An edge of a training program: activations that the backward pass may read again, and the gradients that its readers give.</summary>
/// <param name="shape">[N, C, H, W], or [N, C] for features, which lie as one image of one row of N pixels.</param>
/// <param name="layout">Where its numbers lie; halos grow until the memory is taken.</param>
internal sealed class TrainingValue(Shape shape, BlockedLayout layout)
{
    private readonly List<TrainingGradient> _gradients = [];

    public Shape Shape => shape;

    public BlockedLayout Layout { get; private set; } = layout;

    public int Images => shape.Rank == 4 ? shape[0] : 1;

    /// <summary>Whether a parameter that is trained comes before it, or an input whose gradient is wanted.</summary>
    public bool NeedsGradient { get; set; }

    /// <summary>What each reader gives, in the readers' order.</summary>
    public IReadOnlyList<TrainingGradient> Gradients => _gradients;

    public ArenaBlock Memory { get; private set; } = null!; // by TakeMemory

    /// <summary>Makes the halo large enough for a reader.</summary>
    public void AddHalo(Halo halo) => Layout = new BlockedLayout(Layout.Channels, Layout.Size, Halo.Max(Layout.Halo, halo), Layout.BlockSize);

    /// <summary>A gradient that one more reader gives; null where nobody wants it.</summary>
    public TrainingGradient? AddGradient()
    {
        if (!NeedsGradient) return null;
        TrainingGradient gradient = new(this);
        _gradients.Add(gradient);
        return gradient;
    }

    /// <summary>Takes memory, now that layouts are final.</summary>
    public IEnumerable<ArenaBlock> TakeMemory()
    {
        Memory = new ArenaBlock { Length = checked(Images * Layout.ImageStride) };
        foreach (TrainingGradient gradient in _gradients) gradient.TakeMemory();
        return [Memory, .. _gradients.Select(gradient => gradient.Memory)];
    }
}

/// <summary>The gradient of a value as one of its readers gives it.</summary>
internal sealed class TrainingGradient(TrainingValue value)
{
    /// <summary>As the value's, with the halo that the step wants that made the value.</summary>
    public BlockedLayout Layout { get; private set; } = new(value.Layout.Channels, value.Layout.Size, default);

    public ArenaBlock Memory { get; private set; } = null!; // by TakeMemory

    /// <summary>Makes the halo large enough for the step that reads it.</summary>
    public void AddHalo(Halo halo) => Layout = new BlockedLayout(Layout.Channels, Layout.Size, Halo.Max(Layout.Halo, halo));

    public void TakeMemory() => Memory = new ArenaBlock { Length = checked(value.Images * Layout.ImageStride) };
}
