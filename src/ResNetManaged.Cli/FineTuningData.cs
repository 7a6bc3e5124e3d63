using System.Globalization;
using ResNetManaged.Datasets;
using ResNetManaged.Imaging;

namespace ResNetManaged.Cli;

/// <summary>The pictures that a network is fine-tuned with.</summary>
/// <param name="Images">The pictures to learn from, and others where a share of them is held out.</param>
/// <param name="Training">Which of them are learnt from.</param>
/// <param name="ValidationImages">The pictures to measure with, and others where they are a share: then the same as <paramref name="Images"/>.</param>
/// <param name="Validation">Which of them are measured with.</param>
internal sealed record FineTuningData(
    ImageDataset Images, IReadOnlyList<int> Training, ImageDataset ValidationImages, IReadOnlyList<int> Validation)
{
    /// <summary>Opens the data; nothing is decoded yet.</summary>
    /// <param name="path">A folder, an archive or CIFAR-10's files.</param>
    /// <param name="validation">The same, or the share that is held out.</param>
    /// <param name="seed">What the share is drawn with.</param>
    /// <exception cref="InputException">There is no such data, or the classes of both differ.</exception>
    /// <exception cref="DatasetException">It is empty or damaged, has one class only, or a class has no picture.</exception>
    /// <exception cref="UsageException">The validation is a number that is no share.</exception>
    public static FineTuningData Open(string path, string validation, ulong seed)
    {
        ImageDataset images = Open(path);
        images.RequireClasses();
        if (ShareOf(validation) is double share)
        {
            DatasetSplit split = DatasetSplit.Stratified(images, share, seed);
            return new FineTuningData(images, split.Training, images, split.Validation);
        }
        ImageDataset heldOut = Open(validation);
        if (!heldOut.ClassNames.SequenceEqual(images.ClassNames))
        {
            throw new InputException(
                $"'{validation}' has the classes {Errors.Listing(heldOut.ClassNames)}; '{path}' has {Errors.Listing(images.ClassNames)}");
        }
        return new FineTuningData(images, All(images), heldOut, All(heldOut));
    }

    /// <summary>The share that a text is; null where it is none, and so the name of data.</summary>
    private static double? ShareOf(string text)
    {
        if (Path.Exists(text) || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double share)) return null;
        return share is > 0 and < 1 ? share : throw new UsageException($"--validation '{text}' is no share between 0 and 1, and there is no such data");
    }

    private static ImageDataset Open(string path) =>
        Path.Exists(path) ? ImageDatasets.Open(path) : throw new InputException($"there is no file or folder '{path}'");

    private static int[] All(ImageDataset images) => [.. Enumerable.Range(0, images.Count)];
}
