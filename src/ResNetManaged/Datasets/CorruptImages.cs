using ResNetManaged.Datasets.Batches;

namespace ResNetManaged.Datasets;

/// <summary>How a <see cref="BatchLoader"/> treats images that cannot be read.</summary>
public enum CorruptImages
{
    /// <summary>Throws the error, which names the image; if a batch has several, the first one's.</summary>
    Fail,

    /// <summary>
    /// Lists the image in <see cref="BatchLoader.Skipped"/> and replaces it by the next readable image of the same class, by index and cyclically. Batches keep
    /// their size and classes, and the replacement depends on the data alone.
    /// </summary>
    Skip,
}

/// <summary>An image that could not be read.</summary>
public sealed class SkippedImage
{
    internal SkippedImage(int index, string name, string reason) => (Index, Name, Reason) = (index, name, reason);

    /// <summary>Its index in the source.</summary>
    public int Index { get; }

    /// <summary>Its name, such as the path of its file.</summary>
    public string Name { get; }

    /// <summary>The error's message.</summary>
    public string Reason { get; }
}
