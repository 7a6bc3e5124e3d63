using ResNetManaged.Datasets.Batches;

namespace ResNetManaged.Datasets;

/// <summary>The order of the items in an epoch of a <see cref="BatchLoader"/>.</summary>
public enum SampleOrder
{
    /// <summary>Each item once, in random order, different in each epoch.</summary>
    Shuffled,

    /// <summary>
    /// The same number of items of each class, give or take one, in random order: an epoch omits items of large classes and repeats those of small ones.
    /// </summary>
    ClassBalanced,

    /// <summary>Each item once, by index: for evaluation.</summary>
    Sequential,
}
