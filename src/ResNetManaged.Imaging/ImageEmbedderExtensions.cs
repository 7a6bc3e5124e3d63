using ResNetManaged.Inference;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Imaging;

/// <summary>Embeds image files: one, or any number in a series.</summary>
public static class ImageEmbedderExtensions
{
    /// <summary>Embeds an image file.</summary>
    /// <param name="embedder">The embedder.</param>
    /// <param name="path">The file's path.</param>
    /// <returns>A vector of <see cref="ImageEmbedder.Dimensions"/> elements.</returns>
    /// <exception cref="ImageException">The file cannot be read, or is damaged, truncated, too large, or in an unsupported format.</exception>
    public static float[] Embed(this ImageEmbedder embedder, string path)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        return embedder.Embed(ImageFile.LoadInput(path, embedder.Preset)).ReadOnlySpan.ToArray();
    }

    /// <summary>Embeds an image file in a stream, read from its position to its end.</summary>
    /// <param name="embedder">The embedder.</param>
    /// <param name="stream">The stream; it stays open.</param>
    /// <returns>A vector of <see cref="ImageEmbedder.Dimensions"/> elements.</returns>
    /// <exception cref="ImageException">The stream cannot be read, or its content is damaged, truncated, too large, or in an unsupported format.</exception>
    public static float[] Embed(this ImageEmbedder embedder, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        return embedder.Embed(ImageFile.Load(stream));
    }

    /// <summary>Embeds an encoded image file in memory.</summary>
    /// <param name="embedder">The embedder.</param>
    /// <param name="encodedImage">The whole file: JPEG, PNG, BMP or GIF.</param>
    /// <returns>A vector of <see cref="ImageEmbedder.Dimensions"/> elements.</returns>
    /// <exception cref="ImageException">The content is damaged, truncated, too large, or in an unsupported format.</exception>
    public static float[] Embed(this ImageEmbedder embedder, ReadOnlySpan<byte> encodedImage)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        return embedder.Embed(ImageFile.LoadInput(encodedImage, embedder.Preset)).ReadOnlySpan.ToArray();
    }

    /// <summary>
    /// Embeds any number of images from any source, in order and in bounded memory, like <see cref="ImageClassifierExtensions.ClassifyFiles"/>.
    /// </summary>
    /// <param name="embedder">The embedder.</param>
    /// <param name="sources">The images, enumerated as they are needed and decoded when their turn comes.</param>
    /// <param name="unreadable">What to do about images that cannot be read.</param>
    /// <param name="progress">Receives the number of finished images, each time the caller is done with one.</param>
    /// <param name="cancellationToken">Stops the series, even while it waits.</param>
    /// <returns>An item for each image, in order.</returns>
    public static IAsyncEnumerable<ImageResult<float[]>> EmbedImages(this ImageEmbedder embedder, IEnumerable<ImageSource> sources,
        UnreadableImages unreadable = UnreadableImages.Report, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        ArgumentNullException.ThrowIfNull(sources);
        return ImageSeries.Of(embedder.Preset, embedder.Options.Threads, unreadable, inputs => Rows(embedder.Embed(inputs)))
            .Run(sources, progress, cancellationToken);
    }

    /// <summary>Embeds any number of image files: see <see cref="EmbedImages"/>.</summary>
    /// <param name="embedder">The embedder.</param>
    /// <param name="paths">The files' paths, enumerated as they are needed.</param>
    /// <param name="unreadable">What to do about files that cannot be read.</param>
    /// <param name="progress">Receives the number of finished files, each time the caller is done with one.</param>
    /// <param name="cancellationToken">Stops the series, even while it waits.</param>
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
