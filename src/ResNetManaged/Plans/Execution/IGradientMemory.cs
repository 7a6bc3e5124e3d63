using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Execution;

/// <summary>Where the gradients of parameters go.</summary>
internal interface IGradientMemory
{
    /// <summary>The gradient's first float, at the same place for good; null for a parameter that is not trained, or for none.</summary>
    unsafe float* PointerTo(Parameter? parameter);
}
