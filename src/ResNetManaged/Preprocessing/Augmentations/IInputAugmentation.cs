using ResNetManaged.Tensors;
using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>A random change of a network's normalised input, in which 0 is the mean of the training data.</summary>
/// <remarks>It has no state but its settings, so that many threads may use one; all randomness comes from the generator.</remarks>
public interface IInputAugmentation
{
    /// <summary>Changes one input.</summary>
    /// <param name="input">[C, H, W]; changed in place.</param>
    /// <param name="size">H and W.</param>
    /// <param name="random">The numbers of this image in this epoch.</param>
    void Apply(Span<float> input, Size2D size, PhiloxGenerator random);
}
