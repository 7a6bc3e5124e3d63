namespace ResNetManaged.Preprocessing.Augmentations;

/// <summary>What lies beyond the border of an image.</summary>
public enum ImagePadding
{
    /// <summary>Black.</summary>
    Zeros,

    /// <summary>The image mirrored at its outermost pixels, which are not repeated: NumPy's and torchvision's <c>reflect</c>.</summary>
    Reflect,
}
