using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>A random change of an image's pixels that keeps its size and its class.</summary>
/// <remarks>It has no state but its settings, so that many threads may use one; all randomness comes from the generator.</remarks>
public interface IImageAugmentation
{
    /// <summary>Changes an image.</summary>
    /// <param name="image">The image, already of the network's input size; changed in place.</param>
    /// <param name="random">The numbers of this image in this epoch.</param>
    void Apply(RgbImage image, PhiloxGenerator random);
}
