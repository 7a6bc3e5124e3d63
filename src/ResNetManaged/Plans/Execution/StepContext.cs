using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Execution;

/// <summary>What a step finds when it runs: memory, and which of the threads this is.</summary>
internal readonly unsafe struct StepContext(float* input, float* output, float* arena, float* scratch, float[][] buffers, WorkShare share)
{
    public float* Arena { get; } = arena;

    public float* Scratch { get; } = scratch;

    public WorkShare Share { get; } = share;

    /// <summary>The array of a value that operations on tensors read or write.</summary>
    public float[] Buffer(PlanValue value) => buffers[value.Operand.Offset];

    /// <summary>The first float of a value's memory.</summary>
    public float* Pointer(PlanValue value) => value.Operand.Place switch
    {
        Place.Input => input,
        Place.Output => output,
        Place.Arena => Arena + value.Operand.Offset,
        _ => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Buffer(value))), // pinned
    };
}
