using Microsoft.Extensions.AI;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tensors;

namespace ResNetManaged.Extensions.AI;

/// <summary>Makes vectors of images for programs that speak Microsoft.Extensions.AI; they are <see cref="ImageEmbedder"/>'s, bit for bit.</summary>
/// <remarks>
/// What an image is follows from its content: JPEG, PNG, BMP or GIF; the media type is not looked at. Safe to use from many threads. Disposing
/// does nothing. Vectors are not normalised; cosine similarity does not need it.
/// </remarks>
public sealed class ImageEmbeddingGenerator : IEmbeddingGenerator<DataContent, Embedding<float>>
{
    /// <summary>As many images as are computed at once; small networks gain from it, and memory stays bounded.</summary>
    private const int BatchSize = 16;

    private readonly ImageEmbedder _embedder;
    private readonly EmbeddingGeneratorMetadata _metadata;

    /// <summary>Creates a generator.</summary>
    /// <param name="embedder">What makes the vectors.</param>
    /// <param name="modelId">What the network is called in the metadata and in each embedding, such as <c>resnet50</c>; null for nothing.</param>
    public ImageEmbeddingGenerator(ImageEmbedder embedder, string? modelId = null)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        _embedder = embedder;
        _metadata = new EmbeddingGeneratorMetadata(nameof(ResNetManaged), providerUri: null, modelId, embedder.Dimensions);
    }

    /// <summary>The vectors of encoded images, computed on a thread of the pool.</summary>
    /// <param name="values">Whole image files.</param>
    /// <param name="options">Dimensions, where they are set, must be <see cref="ImageEmbedder.Dimensions"/>; all else is ignored.</param>
    /// <param name="cancellationToken">Looked at before each image and each batch.</param>
    /// <returns>A vector for each image, in order.</returns>
    /// <exception cref="ArgumentException">Other dimensions were asked for.</exception>
    /// <exception cref="ImageException">An image is damaged or of another kind; the message says which.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (options?.Dimensions is int dimensions && dimensions != _embedder.Dimensions)
        {
            throw new ArgumentException(
                $"ImageEmbeddingGenerator: {dimensions} dimensions were asked for; this network's vectors have {_embedder.Dimensions}.", nameof(options));
        }
        return Task.Run(() => Generate(values, cancellationToken), cancellationToken);
    }

    /// <summary>Gives the generator itself, its metadata, or the <see cref="ImageEmbedder"/> that it uses.</summary>
    /// <param name="serviceType">What is asked for.</param>
    /// <param name="serviceKey">Null; there is nothing under any key.</param>
    /// <returns>The object; null where there is none of that type.</returns>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        object[] services = [this, _metadata, _embedder];
        return Array.Find(services, serviceType.IsInstanceOfType);
    }

    /// <summary>Does nothing: the embedder belongs to who made it, and needs no disposing.</summary>
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
