using ResNetManaged.Inference;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging;

/// <summary>Classifies image files: one, several in a batch, or any number in a series.</summary>
public static class ImageClassifierExtensions
{
    private const int ShownByDefault = 5;

    /// <summary>Classifies an image file.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="path">The file's path.</param>
    /// <param name="top">The number of classes to return, at least 1; all of them if the network has fewer.</param>
    /// <returns>The most probable classes, most probable first.</returns>
    /// <exception cref="ImageException">The file cannot be read, or is damaged, truncated, too large, or in an unsupported format.</exception>
    public static IReadOnlyList<Prediction> Classify(this ImageClassifier classifier, string path, int top = ShownByDefault)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        return classifier.Classify(ImageFile.LoadInput(path, classifier.Preset), top)[0];
    }

    /// <summary>Classifies an image file in a stream, read from its position to its end.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="top">The number of classes to return, at least 1; all of them if the network has fewer.</param>
    /// <returns>The most probable classes, most probable first.</returns>
    /// <exception cref="ImageException">The stream cannot be read, or its content is damaged, truncated, too large, or in an unsupported format.</exception>
    public static IReadOnlyList<Prediction> Classify(this ImageClassifier classifier, Stream stream, int top = ShownByDefault)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        return classifier.Classify(ImageFile.Load(stream), top);
    }

    /// <summary>Classifies an encoded image file in memory.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="encodedImage">The whole file: JPEG, PNG, BMP or GIF. For raw pixels, use the overload with a width and a height.</param>
    /// <param name="top">The number of classes to return, at least 1; all of them if the network has fewer.</param>
    /// <returns>The most probable classes, most probable first.</returns>
    /// <exception cref="ImageException">The content is damaged, truncated, too large, or in an unsupported format.</exception>
    public static IReadOnlyList<Prediction> Classify(this ImageClassifier classifier, ReadOnlySpan<byte> encodedImage, int top = ShownByDefault)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        return classifier.Classify(ImageFile.LoadInput(encodedImage, classifier.Preset), top)[0];
    }

    /// <summary>Classifies several image files in one batch; decoding uses all of the classifier's threads.</summary>
    /// <remarks>For many files, use <see cref="ClassifyFiles"/>, which does not hold all of them in memory.</remarks>
    /// <param name="classifier">The classifier.</param>
    /// <param name="paths">The files' paths, at least one.</param>
    /// <param name="top">The number of classes to return for each image, at least 1; all of them if the network has fewer.</param>
    /// <param name="cancellationToken">Checked before each file and before the network runs.</param>
    /// <returns>For each file, the most probable classes, most probable first.</returns>
    /// <exception cref="ArgumentException">The list is empty.</exception>
    /// <exception cref="ImageException">A file cannot be read; if several cannot, the error is that of the first.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public static IReadOnlyList<IReadOnlyList<Prediction>> Classify(
        this ImageClassifier classifier, IReadOnlyList<string> paths, int top = ShownByDefault, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        return classifier.Classify(ImageSeries.Batch(paths, classifier.Preset, classifier.Options.Threads, cancellationToken), top);
    }

    /// <summary>Classifies the image files in a folder and its subfolders as a series: see <see cref="ClassifyFiles"/>.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="folder">The folder; <see cref="ImageFolder.FindFiles"/> determines the files and their order.</param>
    /// <param name="top">The number of classes to return for each image, at least 1; all of them if the network has fewer.</param>
    /// <param name="unreadable">What to do about files that cannot be read.</param>
    /// <param name="progress">Receives the number of finished files, each time the caller is done with one.</param>
    /// <param name="cancellationToken">Stops the series, even while it waits.</param>
    /// <returns>An item for each file, in order; none if the folder has no images.</returns>
    /// <exception cref="IOException">The folder is missing or cannot be read; thrown by the enumeration.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the folder or a subfolder is denied; thrown by the enumeration.</exception>
    public static IAsyncEnumerable<ImageResult<IReadOnlyList<Prediction>>> ClassifyFolder(this ImageClassifier classifier, string folder,
        int top = ShownByDefault, UnreadableImages unreadable = UnreadableImages.Report, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return classifier.ClassifyImages(FilesIn(folder), top, unreadable, progress, cancellationToken);
    }

    /// <summary>Classifies any number of image files, in order and in bounded memory.</summary>
    /// <remarks>
    /// Each thread decodes and computes files of its own, and stays at most two small batches ahead of the caller, so a slow caller makes it
    /// wait. Leaving the loop early stops everything. A file's result does not depend on the other files.
    /// </remarks>
    /// <param name="classifier">The classifier.</param>
    /// <param name="paths">The files' paths, enumerated as they are needed.</param>
    /// <param name="top">The number of classes to return for each image, at least 1; all of them if the network has fewer.</param>
    /// <param name="unreadable">What to do about files that cannot be read.</param>
    /// <param name="progress">Receives the number of finished files, each time the caller is done with one.</param>
    /// <param name="cancellationToken">Stops the series, even while it waits.</param>
    /// <returns>An item for each file, in order.</returns>
    public static IAsyncEnumerable<ImageResult<IReadOnlyList<Prediction>>> ClassifyFiles(this ImageClassifier classifier, IEnumerable<string> paths,
        int top = ShownByDefault, UnreadableImages unreadable = UnreadableImages.Report, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return classifier.ClassifyImages(paths.Select(path => ImageSource.File(path)), top, unreadable, progress, cancellationToken);
    }

    /// <summary>Classifies any number of images from any source: see <see cref="ClassifyFiles"/>.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="sources">The images, enumerated as they are needed and decoded when their turn comes.</param>
    /// <param name="top">The number of classes to return for each image, at least 1; all of them if the network has fewer.</param>
    /// <param name="unreadable">What to do about images that cannot be read.</param>
    /// <param name="progress">Receives the number of finished images, each time the caller is done with one.</param>
    /// <param name="cancellationToken">Stops the series, even while it waits.</param>
    /// <returns>An item for each image, in order.</returns>
    public static IAsyncEnumerable<ImageResult<IReadOnlyList<Prediction>>> ClassifyImages(this ImageClassifier classifier, IEnumerable<ImageSource> sources,
        int top = ShownByDefault, UnreadableImages unreadable = UnreadableImages.Report, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(top);
        return ImageSeries.Of(classifier.Preset, classifier.Options.Threads, unreadable, inputs => classifier.Classify(inputs, top))
            .Run(sources, progress, cancellationToken);
    }

    /// <summary>Lists the folder when the enumeration starts, off the caller's thread.</summary>
    private static IEnumerable<ImageSource> FilesIn(string folder)
    {
        foreach (string path in ImageFolder.FindFiles(folder)) yield return ImageSource.File(path);
    }
}
