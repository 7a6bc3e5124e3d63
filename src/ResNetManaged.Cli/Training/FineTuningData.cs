using ResNetManaged.Cli.Errors;
using ResNetManaged.Cli.Inputs;
using ResNetManaged.Datasets;
using ResNetManaged.Imaging;

namespace ResNetManaged.Cli.Training;

/// <summary>The images that a network is fine-tuned with.</summary>
/// <param name="Training">The training images.</param>
/// <param name="Validation">The validation images, from the same dataset if they are a share of it.</param>
internal sealed record FineTuningData(LabeledPictures Training, LabeledPictures Validation)
{
    public IReadOnlyList<string> ClassNames => Training.Images.ClassNames;

    /// <summary>Opens the data.</summary>
    /// <param name="path">A folder, an archive or CIFAR-10 files.</param>
    /// <param name="validation">Other data of this kind, or the share to hold out.</param>
    /// <param name="seed">The seed for drawing the share.</param>
    /// <param name="reading">How image files are read.</param>
    /// <param name="skips">Whether to leave out unreadable images, which takes decoding all of them first, instead of failing.</param>
    /// <param name="session">The command's context.</param>
    /// <exception cref="CommandFailedException">There is no such data, or the validation data has different classes.</exception>
    /// <exception cref="DatasetException">The data is empty or damaged, has only one class, or a class has no image.</exception>
    /// <exception cref="UsageException">The validation share is not between 0 and 1.</exception>
    public static FineTuningData Open(string path, string validation, ulong seed, ImageFileOptions reading, bool skips, Session session)
    {
        ImageDataset images = Open(path, reading, skips, session);
        images.RequireClasses();
        if (TrainingData.ShareOf(validation) is double share)
        {
            DatasetSplit split = DatasetSplit.Stratified(images, share, seed);
            return new FineTuningData(new(images, split.Training), new(images, split.Validation));
        }
        ImageDataset heldOut = Open(validation, reading, skips, session);
        if (!heldOut.ClassNames.SequenceEqual(images.ClassNames))
        {
            throw new CommandFailedException(
                $"'{validation}' has the classes {ErrorText.Listing(heldOut.ClassNames)}; '{path}' has {ErrorText.Listing(images.ClassNames)}");
        }
        return new FineTuningData(All(images), All(heldOut));
    }

    private static ImageDataset Open(string path, ImageFileOptions reading, bool skips, Session session)
    {
        ImageDataset images = DataSource.OpenImages(path, reading, session);
        if (!skips) return images;
        (ImageDataset readable, IReadOnlyList<SkippedImage> others) = session.WithProgress("reading", images.Count, printsMeanwhile: false, progress =>
            ReadableImages.Of(images, session.Execution.Threads, progress, session.Cancellation));
        foreach (SkippedImage image in others) session.Warn($"skipped: {ErrorText.OneLine(image.Reason)}");
        return readable;
    }

    private static LabeledPictures All(ImageDataset images) => new(images, [.. Enumerable.Range(0, images.Count)]);
}
