namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>How to pad an image.</summary>
public enum ImagePadding
{
    /// <summary>Black.</summary>
    Zeros,

    /// <summary>The image mirrored at its outermost pixels without repeating them: <c>reflect</c> in NumPy and torchvision.</summary>
    Reflect,
}
