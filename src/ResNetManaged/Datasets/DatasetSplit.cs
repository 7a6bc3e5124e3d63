using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Datasets;

/// <summary>A split of items into a training set and a validation set; see <see cref="SampleSource.Subset"/>.</summary>
public sealed class DatasetSplit
{
    private DatasetSplit(IReadOnlyList<int> training, IReadOnlyList<int> validation) => (Training, Validation) = (training, validation);

    /// <summary>The indices of the items for training, in ascending order.</summary>
    public IReadOnlyList<int> Training { get; }

    /// <summary>The indices of the other items, for validation, in ascending order.</summary>
    public IReadOnlyList<int> Validation { get; }

    /// <summary>Holds out the same share of each class, at random.</summary>
    /// <param name="data">The data, of at least two classes.</param>
    /// <param name="validationShare">
    /// Between 0 and 1, exclusive. Each side gets at least one item of a class that has two or more; the only item of a class is used for training.
    /// </param>
    /// <param name="seed">Determines the split.</param>
    /// <returns>The split.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The share is not between 0 and 1.</exception>
    /// <exception cref="DatasetException">There is only one class, or no class has two items.</exception>
    public static DatasetSplit Stratified(LabeledData data, double validationShare, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (!(validationShare is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(validationShare), validationShare, "The share must be between 0 and 1.");
        data.RequireClasses();
        List<int> training = [], validation = [];
        foreach (IGrouping<int, int> ofClass in Enumerable.Range(0, data.Count).GroupBy(data.LabelOf))
        {
            int[] items = [.. ofClass];
            new PhiloxGenerator(seed, (uint)RandomStream.Split, index: (uint)ofClass.Key).Shuffle<int>(items);
            int heldOut = Math.Clamp((int)Math.Round(items.Length * validationShare), Math.Min(1, items.Length - 1), items.Length - 1);
            validation.AddRange(items[..heldOut]);
            training.AddRange(items[heldOut..]);
        }
        if (validation.Count == 0) throw new DatasetException(data.Name, "has one image per class", "expected two or more, one of them for validation");
        training.Sort();
        validation.Sort();
        return new DatasetSplit(training, validation);
    }
}
