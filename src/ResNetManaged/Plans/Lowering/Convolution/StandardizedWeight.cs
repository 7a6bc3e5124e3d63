using ResNetManaged.Graphs.Operations;
using ResNetManaged.Kernels.Convolution;
using ResNetManaged.Kernels.Memory;
using ResNetManaged.Kernels.Threading;
using ResNetManaged.Plans.Execution;

namespace ResNetManaged.Plans.Lowering.Convolution;

/// <summary>The standardized weights of a convolution in training, which change in every pass, and their gradient.</summary>
internal sealed unsafe class StandardizedWeight(Conv2dOperation operation)
{
    private readonly int _channels = operation.Weight.Shape[0], _length = operation.Weight.Shape.ElementCount / operation.Weight.Shape[0];
    private readonly double _eps = operation.StandardizationEps!.Value;
    private readonly PinnedArray _values = new(operation.Weight.Shape.ElementCount), _gradient = new(operation.Weight.Shape.ElementCount);

    /// <summary>The standardized weights.</summary>
    public float* Values => _values.Pointer;

    /// <summary>Their gradient.</summary>
    public float* Gradient => _gradient.Pointer;

    /// <summary>Standardizes this thread's channels.</summary>
    public void Run(PinnedState weight, WorkShare share) => WeightStandardization.Run(_channels, _length, weight.Pointer, _eps, Values, share);

    /// <summary>The gradient of the weights themselves, for this thread's channels.</summary>
    public void Differentiate(PinnedState weight, bool adds, float* gradient, WorkShare share) =>
        WeightStandardization.Gradient(_channels, _length, weight.Pointer, _eps, Gradient, adds, gradient, share);
}
