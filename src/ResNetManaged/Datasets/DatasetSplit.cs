using ResNetManaged.Tensors.Random;

namespace ResNetManaged.Datasets;

/// <summary>Which items are for training and which for validation; see <see cref="SampleSource.Subset"/>.</summary>
/// <param name="Training">Indices in ascending order.</param>
/// <param name="Validation">Indices in ascending order, none of which is in <paramref name="Training"/>.</param>
public sealed record DatasetSplit(IReadOnlyList<int> Training, IReadOnlyList<int> Validation)
{
    /// <summary>Holds out the same share of each class, at random.</summary>
    /// <param name="data">The data, of at least two classes.</param>
    /// <param name="validationShare">Between 0 and 1. Of a class with two or more items at least one goes to either side; a single one is for training.</param>
    /// <param name="seed">The same seed gives the same split.</param>
    /// <returns>The split.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The share is not between 0 and 1.</exception>
    /// <exception cref="DatasetException">There is one class only, or no class has two items.</exception>
    public static DatasetSplit Stratified(LabeledData data, double validationShare, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (!(validationShare is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(validationShare), validationShare, "The share of validation lies between 0 and 1.");
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
        if (validation.Count == 0) throw new DatasetException(data.Name, "has one image a class", "expected two or more, one of them for validation");
        training.Sort();
        validation.Sort();
        return new DatasetSplit(training, validation);
    }
}
