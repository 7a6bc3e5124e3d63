using ResNetManaged.Tensors;

namespace ResNetManaged.Plans;

/// <summary>What one step of a plan computes, and how long it takes.</summary>
/// <param name="Path">The module it comes from: <c>layer1.0.conv1</c>.</param>
/// <param name="Operation">Its operation and those fused into it: <c>Conv2d + BatchNorm2d + ReLU</c>.</param>
/// <param name="Algorithm">The algorithm.</param>
/// <param name="Input">The shape of its first input.</param>
/// <param name="Output">The shape of its output.</param>
/// <param name="Milliseconds">The median over the calls that were measured.</param>
/// <param name="MultiplyAdds">Multiply-adds of the definition, padding included; an algorithm may do fewer.</param>
/// <param name="Bytes">Bytes read and written: activations with their halos, and packed weights.</param>
public sealed record StepProfile(string Path, string Operation, string Algorithm, Shape Input, Shape Output, double Milliseconds,
    long MultiplyAdds, long Bytes);
