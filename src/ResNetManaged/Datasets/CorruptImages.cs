using ResNetManaged.Datasets.Batches;

namespace ResNetManaged.Datasets;

/// <summary>What a <see cref="BatchLoader"/> does about images that cannot be read.</summary>
public enum CorruptImages
{
    /// <summary>Throws the error, which names the image; of several in a batch, the first one's.</summary>
    Fail,

    /// <summary>
    /// Lists the image in <see cref="BatchLoader.Skipped"/>; its place is taken by the next readable image of the same class by index, after the last
    /// the first. Batches keep their size and classes, and which image takes a place depends on the data alone.
    /// </summary>
    Skip,
}

/// <summary>An image that could not be read.</summary>
/// <param name="Index">Its index in the source.</param>
/// <param name="Name">Its name, such as the path of its file.</param>
/// <param name="Reason">The error's message.</param>
public sealed record SkippedImage(int Index, string Name, string Reason);
