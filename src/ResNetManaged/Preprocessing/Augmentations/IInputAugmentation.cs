using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>A random change to a network's normalized input, in which 0 is the mean of the training data.</summary>
/// <remarks>Implementations must be thread-safe: they hold only settings and take all randomness from the generator.</remarks>
public interface IInputAugmentation
{
    /// <summary>Changes one input.</summary>
    /// <param name="input">[C, H, W]; modified in place.</param>
    /// <param name="size">H and W.</param>
    /// <param name="random">The random numbers of this image in this epoch.</param>
    void Apply(Span<float> input, Size2D size, PhiloxGenerator random);
}
