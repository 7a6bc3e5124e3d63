using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Execution;

/// <summary>What a step of a training program finds when it runs: memory, and which of the threads this is.</summary>
internal readonly unsafe struct TrainingContext(float* arena, float* scratch, bool accumulates, WorkShare share)
{
    /// <summary>Memory of the step that runs.</summary>
    public float* Scratch => scratch;

    /// <summary>Whether gradients of parameters are added to those that are there.</summary>
    public bool Accumulates => accumulates;

    public WorkShare Share => share;

    public float* Pointer(TrainingValue value) => arena + value.Memory.Offset;

    public BlockedView View(TrainingValue value) => new(Pointer(value), value.Layout);

    /// <summary>Where a gradient lies; none for none.</summary>
    public BlockedView View(TrainingGradient? gradient) => gradient is null ? default : new(arena + gradient.Memory.Offset, gradient.Layout);

    /// <summary>Sets this thread's part of a halo to zero.</summary>
    public void ClearHalo(BlockedView view, int images)
    {
        (int first, int end) = share.Of(images * view.Layout.Blocks);
        view.Layout.ClearHalo(view.Pointer, first, end);
    }

    /// <summary>The gradient of a value: the sum of what its one or two readers gave.</summary>
    /// <param name="value">The value.</param>
    /// <param name="isRelu">Whether the value is a ReLU's, so that its gradient is 0 where it is 0.</param>
    public BlockedGradient GradientOf(TrainingValue value, bool isRelu) => new(
        View(value.Gradients[0]), value.Gradients.Count > 1 ? View(value.Gradients[1]) : default, isRelu ? View(value) : default);
}
