using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Tensors;

/// <summary>Draws a parameter's initial elements.</summary>
/// <param name="shape">The parameter's shape.</param>
/// <param name="generator">The source of randomness.</param>
/// <returns>A tensor of that shape.</returns>
public delegate Tensor Initializer(Shape shape, TorchGenerator generator);
