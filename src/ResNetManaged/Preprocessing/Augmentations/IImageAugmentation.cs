using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>A random change to an image's pixels that keeps its size and its class.</summary>
/// <remarks>Implementations must be thread-safe: they hold only settings and take all randomness from the generator.</remarks>
public interface IImageAugmentation
{
    /// <summary>Changes an image.</summary>
    /// <param name="image">The image, already of the network's input size; modified in place.</param>
    /// <param name="random">The random numbers of this image in this epoch.</param>
    void Apply(RgbImage image, PhiloxGenerator random);
}
