using ResNetManaged.Tensors;

namespace ResNetManaged.Plans.Execution;

/// <summary>Where the gradients of parameters go.</summary>
internal interface IGradientMemory
{
    /// <summary>The gradient's first float, which never moves; null if there is no parameter or it is not trained.</summary>
    unsafe float* PointerTo(Parameter? parameter);

    /// <summary>Whether a parameter is trained.</summary>
    unsafe bool IsWanted(Parameter? parameter) => PointerTo(parameter) != null;
}
