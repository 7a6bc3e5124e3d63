namespace ResNetManaged.Imaging;

/// <summary>What to do about images in a series that cannot be read.</summary>
public enum UnreadableImages
{
    /// <summary>Return an item with the error in the image's place, and continue.</summary>
    Report,

    /// <summary>Throw the error when the image's turn comes, after the results before it; this ends the series.</summary>
    Throw,
}
