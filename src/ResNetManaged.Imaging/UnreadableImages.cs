namespace ResNetManaged.Imaging;

/// <summary>What is done about images of a series that cannot be read.</summary>
public enum UnreadableImages
{
    /// <summary>Each is an item with its error, in its place; the others go on.</summary>
    Report,

    /// <summary>The first one's error is thrown where its turn comes, after the results before it; that ends the series.</summary>
    Throw,
}
