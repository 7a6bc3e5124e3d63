using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ResNetManaged.Kernels.Threading;

namespace ResNetManaged.Plans.Execution;

/// <summary>What a running step has: memory, and its share of the work.</summary>
internal readonly unsafe struct StepContext(float* input, float* output, byte* arena, float* scratch, float[][] buffers, WorkShare share)
{
    /// <summary>A readable address; its contents are irrelevant.</summary>
    public float* AnyAddress => (float*)arena;

    /// <summary>Scratch memory of the running step.</summary>
    public float* Scratch { get; } = scratch;

    public WorkShare Share { get; } = share;

    /// <summary>The array of a value that operations on tensors read or write.</summary>
    public float[] Buffer(PlanValue value) => buffers[value.Operand.Offset];

    /// <summary>The first float of a value.</summary>
    public float* Pointer(PlanValue value) => value.Operand.Place switch
    {
        Place.Arena => (float*)(arena + value.Operand.Offset),
        Place.Input => input,
        Place.Output => output,
        _ => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(Buffer(value))), // pinned
    };
}
