using ResNetManaged.Datasets.Batches;

namespace ResNetManaged.Datasets;

/// <summary>In which order a <see cref="BatchLoader"/> goes through an epoch.</summary>
public enum SampleOrder
{
    /// <summary>Each item once, in a random order of the epoch's own.</summary>
    Shuffled,

    /// <summary>
    /// As many items of each class, give or take one, in random order: those of large classes are in part left out of an epoch, those of small ones repeated.
    /// </summary>
    ClassBalanced,

    /// <summary>Each item once, by index: for evaluation.</summary>
    Sequential,
}
