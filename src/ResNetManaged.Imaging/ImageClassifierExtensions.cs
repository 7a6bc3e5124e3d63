using ResNetManaged.Inference;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Imaging;

/// <summary>Classifies image files: one, several at once, or any number of them one after the other.</summary>
public static class ImageClassifierExtensions
{
    private const int ShownByDefault = 5;

    /// <summary>Classifies an image file.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="path">The file's path.</param>
    /// <param name="top">How many classes to return, at least 1; all of them where the network has fewer.</param>
    /// <returns>The most probable classes, the best first.</returns>
    /// <exception cref="ImageException">The file cannot be read, or is damaged, cut short, too large or of another kind.</exception>
    public static IReadOnlyList<Prediction> Classify(this ImageClassifier classifier, string path, int top = ShownByDefault)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        return classifier.Classify(ImageFile.Load(path), top);
    }

    /// <summary>Classifies an image file that a stream holds from its position to its end.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="top">How many classes to return, at least 1; all of them where the network has fewer.</param>
    /// <returns>The most probable classes, the best first.</returns>
    /// <exception cref="ImageException">The stream cannot be read, or its content is damaged, cut short, too large or of another kind.</exception>
    public static IReadOnlyList<Prediction> Classify(this ImageClassifier classifier, Stream stream, int top = ShownByDefault)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        return classifier.Classify(ImageFile.Load(stream), top);
    }

    /// <summary>Classifies an image file that is in memory.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="encodedImage">The whole file: JPEG, PNG, BMP or GIF. Raw pixels have an overload of their own, with a width and a height.</param>
    /// <param name="top">How many classes to return, at least 1; all of them where the network has fewer.</param>
    /// <returns>The most probable classes, the best first.</returns>
    /// <exception cref="ImageException">The content is damaged, cut short, too large or of another kind.</exception>
    public static IReadOnlyList<Prediction> Classify(this ImageClassifier classifier, ReadOnlySpan<byte> encodedImage, int top = ShownByDefault)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        return classifier.Classify(ImageFile.Load(encodedImage), top);
    }

    /// <summary>Classifies several image files at once, in one batch; they are decoded on all threads that the classifier may use.</summary>
    /// <remarks>For many files use <see cref="ClassifyFiles"/>, which does not need all of them in memory.</remarks>
    /// <param name="classifier">The classifier.</param>
    /// <param name="paths">The files' paths, at least one.</param>
    /// <param name="top">How many classes to return for each, at least 1; all of them where the network has fewer.</param>
    /// <param name="cancellationToken">Looked at before each file, and once more before the network runs.</param>
    /// <returns>For each file the most probable classes, the best first.</returns>
    /// <exception cref="ArgumentException">There is no path.</exception>
    /// <exception cref="ImageException">A file cannot be read; of several, the first one's error.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static IReadOnlyList<IReadOnlyList<Prediction>> Classify(
        this ImageClassifier classifier, IReadOnlyList<string> paths, int top = ShownByDefault, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        return classifier.Classify(ImageSeries.Batch(paths, classifier.Preset, classifier.Options.Threads, cancellationToken), top);
    }

    /// <summary>Classifies the image files in a folder and the folders below it, one after the other: see <see cref="ClassifyFiles"/>.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="folder">The folder; <see cref="ImageFolder.FindFiles"/> says which files count and in what order.</param>
    /// <param name="top">How many classes to return for each, at least 1; all of them where the network has fewer.</param>
    /// <param name="unreadable">What is done about files that cannot be read.</param>
    /// <param name="progress">Told how many files are done, after the caller is done with each.</param>
    /// <param name="cancellationToken">Ends the series, waits included.</param>
    /// <returns>An item for each file, in order; none where the folder has no images.</returns>
    /// <exception cref="IOException">The folder is missing or cannot be read: thrown by the enumeration.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder, or one below it, may not be read: thrown by the enumeration.</exception>
    public static IAsyncEnumerable<ImageResult<IReadOnlyList<Prediction>>> ClassifyFolder(this ImageClassifier classifier, string folder,
        int top = ShownByDefault, UnreadableImages unreadable = UnreadableImages.Report, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return classifier.ClassifyImages(FilesIn(folder), top, unreadable, progress, cancellationToken);
    }

    /// <summary>Classifies image files, one after the other, in order and in bounded memory.</summary>
    /// <remarks>
    /// Files are decoded on other threads while the network works on those before them, and the network is at most one small batch ahead of the caller: who
    /// takes the items slowly makes it wait. Leaving the loop early stops all of it. The result of a file does not depend on the files beside it.
    /// </remarks>
    /// <param name="classifier">The classifier.</param>
    /// <param name="paths">The files' paths, drawn as they are needed; there may be any number.</param>
    /// <param name="top">How many classes to return for each, at least 1; all of them where the network has fewer.</param>
    /// <param name="unreadable">What is done about files that cannot be read.</param>
    /// <param name="progress">Told how many files are done, after the caller is done with each.</param>
    /// <param name="cancellationToken">Ends the series, waits included.</param>
    /// <returns>An item for each file, in order.</returns>
    public static IAsyncEnumerable<ImageResult<IReadOnlyList<Prediction>>> ClassifyFiles(this ImageClassifier classifier, IEnumerable<string> paths,
        int top = ShownByDefault, UnreadableImages unreadable = UnreadableImages.Report, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return classifier.ClassifyImages(paths.Select(path => ImageSource.File(path)), top, unreadable, progress, cancellationToken);
    }

    /// <summary>Classifies images from anywhere, one after the other: see <see cref="ClassifyFiles"/>.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="sources">The images, drawn as they are needed and decoded when their turn comes.</param>
    /// <param name="top">How many classes to return for each, at least 1; all of them where the network has fewer.</param>
    /// <param name="unreadable">What is done about images that cannot be read.</param>
    /// <param name="progress">Told how many images are done, after the caller is done with each.</param>
    /// <param name="cancellationToken">Ends the series, waits included.</param>
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

    /// <summary>Lists the folder when the enumeration starts, which is not on the caller's thread.</summary>
    private static IEnumerable<ImageSource> FilesIn(string folder)
    {
        foreach (string path in ImageFolder.FindFiles(folder)) yield return ImageSource.File(path);
    }
}
