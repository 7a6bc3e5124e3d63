using ResNetManaged.Inference;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Imaging;

/// <summary>Makes vectors of image files: one, or any number of them one after the other.</summary>
public static class ImageEmbedderExtensions
{
    /// <summary>The vector of an image file.</summary>
    /// <param name="embedder">The embedder.</param>
    /// <param name="path">The file's path.</param>
    /// <returns><see cref="ImageEmbedder.Dimensions"/> numbers.</returns>
    /// <exception cref="ImageException">The file cannot be read, or is damaged, cut short, too large or of another kind.</exception>
    public static float[] Embed(this ImageEmbedder embedder, string path)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        return embedder.Embed(ImageFile.Load(path));
    }

    /// <summary>The vector of an image file that a stream holds from its position to its end.</summary>
    /// <param name="embedder">The embedder.</param>
    /// <param name="stream">The stream; it stays open.</param>
    /// <returns><see cref="ImageEmbedder.Dimensions"/> numbers.</returns>
    /// <exception cref="ImageException">The stream cannot be read, or its content is damaged, cut short, too large or of another kind.</exception>
    public static float[] Embed(this ImageEmbedder embedder, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        return embedder.Embed(ImageFile.Load(stream));
    }

    /// <summary>The vector of an image file that is in memory.</summary>
    /// <param name="embedder">The embedder.</param>
    /// <param name="encodedImage">The whole file: JPEG, PNG, BMP or GIF.</param>
    /// <returns><see cref="ImageEmbedder.Dimensions"/> numbers.</returns>
    /// <exception cref="ImageException">The content is damaged, cut short, too large or of another kind.</exception>
    public static float[] Embed(this ImageEmbedder embedder, ReadOnlySpan<byte> encodedImage)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        return embedder.Embed(ImageFile.Load(encodedImage));
    }

    /// <summary>The vectors of images from anywhere, one after the other, as <see cref="ImageClassifierExtensions.ClassifyFiles"/> classifies files.</summary>
    /// <param name="embedder">The embedder.</param>
    /// <param name="sources">The images, drawn as they are needed and decoded when their turn comes.</param>
    /// <param name="unreadable">What is done about images that cannot be read.</param>
    /// <param name="progress">Told how many images are done, after the caller is done with each.</param>
    /// <param name="cancellationToken">Ends the series, waits included.</param>
    /// <returns>An item for each image, in order.</returns>
    public static IAsyncEnumerable<ImageResult<float[]>> EmbedImages(this ImageEmbedder embedder, IEnumerable<ImageSource> sources,
        UnreadableImages unreadable = UnreadableImages.Report, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        ArgumentNullException.ThrowIfNull(sources);
        return ImageSeries.Of(embedder.Preset, embedder.Options.Threads, unreadable, inputs => Rows(embedder.Embed(inputs)))
            .Run(sources, progress, cancellationToken);
    }

    /// <summary>The vectors of image files, one after the other: see <see cref="EmbedImages"/>.</summary>
    /// <param name="embedder">The embedder.</param>
    /// <param name="paths">The files' paths, drawn as they are needed; there may be any number.</param>
    /// <param name="unreadable">What is done about files that cannot be read.</param>
    /// <param name="progress">Told how many files are done, after the caller is done with each.</param>
    /// <param name="cancellationToken">Ends the series, waits included.</param>
    /// <returns>An item for each file, in order.</returns>
    public static IAsyncEnumerable<ImageResult<float[]>> EmbedFiles(this ImageEmbedder embedder, IEnumerable<string> paths,
        UnreadableImages unreadable = UnreadableImages.Report, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return embedder.EmbedImages(paths.Select(path => ImageSource.File(path)), unreadable, progress, cancellationToken);
    }

    private static float[][] Rows(Tensor vectors)
    {
        int length = vectors.Shape[1];
        return [.. Enumerable.Range(0, vectors.Shape[0]).Select(row => vectors.ReadOnlySpan.Slice(row * length, length).ToArray())];
    }
}
