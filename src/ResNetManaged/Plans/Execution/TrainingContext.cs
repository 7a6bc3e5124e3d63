using ResNetManaged.Kernels.Layout;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Execution;

/// <summary>The memory of a training program, by <see cref="Place"/>.</summary>
internal unsafe struct TrainingMemory
{
    public byte* Arena, Input, Output, OutputGradient, InputGradient;
}

/// <summary>What a running step of a training program has: memory, and its share of the work.</summary>
internal readonly unsafe struct TrainingContext(TrainingMemory memory, float* scratch, bool accumulates, WorkShare share)
{
    private readonly TrainingMemory _memory = memory;

    /// <summary>Scratch memory of the running step.</summary>
    public float* Scratch => scratch;

    /// <summary>Whether gradients of parameters are added to those already there.</summary>
    public bool Accumulates => accumulates;

    public WorkShare Share => share;

    /// <summary>The first float of a value.</summary>
    public float* Pointer(PlanValue value) => (float*)(value.Operand.Place switch
    {
        Place.Arena => _memory.Arena,
        Place.Input => _memory.Input,
        Place.Output => _memory.Output,
        Place.OutputGradient => _memory.OutputGradient,
        _ => _memory.InputGradient,
    } + value.Operand.Offset);

    /// <summary>A view of a value; the empty view for null.</summary>
    public BlockedView View(PlanValue? value) => value is null ? default : new(Pointer(value), value.Layout);

    /// <summary>Sets this thread's part of a value's halo to zero.</summary>
    public void ClearHalo(PlanValue value)
    {
        (int first, int end) = share.Of(value.Images * value.Layout.Blocks);
        value.Layout.ClearHalo(Pointer(value), first, end);
    }

    /// <summary>The gradient of a node's output: the sum of its one or two readers' contributions.</summary>
    /// <param name="node">The node.</param>
    /// <param name="isRelu">Whether the output is a ReLU's, so that its gradient is 0 where the output is 0.</param>
    public BlockedGradient OutputGradient(TrainingNode node, bool isRelu = false) => new(View(node.OutputGradients[0]),
        node.OutputGradients.Length > 1 ? View(node.OutputGradients[1]) : default, isRelu ? View(node.Output) : default);
}
