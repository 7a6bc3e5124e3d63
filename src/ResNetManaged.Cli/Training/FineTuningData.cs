using ResNetManaged.Cli.Errors;
using ResNetManaged.Datasets;
using ResNetManaged.Imaging;

namespace ResNetManaged.Cli.Training;

/// <summary>The pictures that a network is fine-tuned with.</summary>
/// <param name="Training">Those to learn from.</param>
/// <param name="Validation">Those to measure with; of the same dataset where they are a share of it.</param>
internal sealed record FineTuningData(LabeledPictures Training, LabeledPictures Validation)
{
    public IReadOnlyList<string> ClassNames => Training.Images.ClassNames;

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
        if (TrainingData.ShareOf(validation) is double share)
        {
            DatasetSplit split = DatasetSplit.Stratified(images, share, seed);
            return new FineTuningData(new(images, split.Training), new(images, split.Validation));
        }
        ImageDataset heldOut = Open(validation);
        if (!heldOut.ClassNames.SequenceEqual(images.ClassNames))
        {
            throw new InputException(
                $"'{validation}' has the classes {ErrorText.Listing(heldOut.ClassNames)}; '{path}' has {ErrorText.Listing(images.ClassNames)}");
        }
        return new FineTuningData(All(images), All(heldOut));
    }

    private static ImageDataset Open(string path) =>
        Path.Exists(path) ? ImageDatasets.Open(path) : throw new InputException($"there is no file or folder '{path}'");

    private static LabeledPictures All(ImageDataset images) => new(images, [.. Enumerable.Range(0, images.Count)]);
}
