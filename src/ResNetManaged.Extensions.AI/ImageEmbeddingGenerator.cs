using Microsoft.Extensions.AI;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Extensions.AI;

/// <summary>Computes image vectors for programs that use Microsoft.Extensions.AI; bit-identical to those of <see cref="ImageEmbedder"/>.</summary>
/// <remarks>
/// The image format is determined from the content (JPEG, PNG, BMP or GIF); the media type is ignored. Safe to use from many threads. Disposing
/// does nothing. Vectors are not normalized; cosine similarity does not need it.
/// </remarks>
public sealed class ImageEmbeddingGenerator : IEmbeddingGenerator<DataContent, Embedding<float>>
{
    /// <summary>The number of images computed at once, which speeds up small networks and bounds memory.</summary>
    private const int BatchSize = 16;

    private readonly ImageEmbedder _embedder;
    private readonly EmbeddingGeneratorMetadata _metadata;

    /// <summary>Creates a generator.</summary>
    /// <param name="embedder">Computes the vectors.</param>
    /// <param name="modelId">The network's name in the metadata and in each embedding, such as <c>resnet50</c>; null for none.</param>
    public ImageEmbeddingGenerator(ImageEmbedder embedder, string? modelId = null)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        _embedder = embedder;
        _metadata = new EmbeddingGeneratorMetadata(nameof(ResNetManaged), providerUri: null, modelId, embedder.Dimensions);
    }

    /// <summary>Computes the vectors of encoded images on a thread pool thread.</summary>
    /// <param name="values">The contents of image files.</param>
    /// <param name="options">Dimensions, if set, must equal <see cref="ImageEmbedder.Dimensions"/>; all other options are ignored.</param>
    /// <param name="cancellationToken">Checked before each image and each batch.</param>
    /// <returns>One vector per image, in order.</returns>
    /// <exception cref="ArgumentException">The options request a different number of dimensions.</exception>
    /// <exception cref="ImageException">An image is damaged or of an unknown format; the message names it.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (options?.Dimensions is int dimensions && dimensions != _embedder.Dimensions)
        {
            throw new ArgumentException(
                $"ImageEmbeddingGenerator: the options ask for {dimensions} dimensions; expected {_embedder.Dimensions}, as this network computes.", nameof(options));
        }
        return Task.Run(() => Generate(values, cancellationToken), cancellationToken);
    }

    /// <summary>Returns the generator itself, its metadata, or the <see cref="ImageEmbedder"/> it uses.</summary>
    /// <param name="serviceType">The type of the service.</param>
    /// <param name="serviceKey">Must be null; there are no keyed services.</param>
    /// <returns>The object; null if there is none of that type.</returns>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        object[] services = [this, _metadata, _embedder];
        return Array.Find(services, serviceType.IsInstanceOfType);
    }

    /// <summary>Does nothing: the embedder belongs to its creator, and needs no disposal.</summary>
    public void Dispose() { }

    private GeneratedEmbeddings<Embedding<float>> Generate(IEnumerable<DataContent> values, CancellationToken cancellationToken)
    {
        GeneratedEmbeddings<Embedding<float>> embeddings = [];
        foreach (DataContent[] batch in values.Chunk(BatchSize))
        {
            List<RgbImage> images = [];
            foreach (DataContent content in batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                images.Add(Decode(content, index: embeddings.Count + images.Count));
            }
            cancellationToken.ThrowIfCancellationRequested();
            Tensor vectors = _embedder.Embed(images);
            for (int i = 0; i < images.Count; i++)
            {
                float[] vector = vectors.ReadOnlySpan.Slice(i * _embedder.Dimensions, _embedder.Dimensions).ToArray();
                embeddings.Add(new Embedding<float>(vector) { ModelId = _metadata.DefaultModelId });
            }
        }
        return embeddings;
    }

    private static RgbImage Decode(DataContent content, int index)
    {
        try
        {
            return ImageFile.Load(content.Data.Span);
        }
        catch (ImageException exception)
        {
            throw new ImageException(content.Name ?? $"value {index}", exception.Reason ?? exception.Message, exception);
        }
    }
}
