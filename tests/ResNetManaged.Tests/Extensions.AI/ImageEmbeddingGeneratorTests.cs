using Microsoft.Extensions.AI;
using NUnit.Framework;
using ResNetManaged.Extensions.AI;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Preprocessing;
using ResNetManaged.Tests.DependencyInjection;

namespace ResNetManaged.Tests.Extensions.AI;

public sealed class ImageEmbeddingGeneratorTests
{
    private static readonly ImageEmbedder Embedder = new(AddResNetTests.Small(classes: 10, seed: 1));

    [Test]
    public async Task VectorsEqualTheEmbeddersAcrossBatches()
    {
        RgbImage[] images = [.. Enumerable.Range(0, 19).Select(Picture)];
        using ImageEmbeddingGenerator generator = new(Embedder, "small");
        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync(images.Select(Encoded));
        Assert.That(embeddings, Has.Count.EqualTo(images.Length));
        for (int i = 0; i < images.Length; i++)
        {
            Assert.That(embeddings[i].Vector.ToArray(), Is.EqualTo(Embedder.Embed(images[i])), $"image {i}");
            Assert.That(embeddings[i].ModelId, Is.EqualTo("small"));
        }
        Assert.That(embeddings[0].Vector.ToArray(), Is.Not.EqualTo(embeddings[1].Vector.ToArray()), "the pictures differ");
    }

    [Test]
    public void MetadataContainsTheDimensionsAndTheNetwork()
    {
        using ImageEmbeddingGenerator generator = new(Embedder, "small");
        EmbeddingGeneratorMetadata metadata = generator.GetRequiredService<EmbeddingGeneratorMetadata>();
        Assert.That((metadata.ProviderName, metadata.DefaultModelId, metadata.DefaultModelDimensions), Is.EqualTo(("ResNetManaged", "small", 64)));
        Assert.That(generator.GetService<ImageEmbedder>(), Is.SameAs(Embedder));
        Assert.That(generator.GetService<IEmbeddingGenerator<DataContent, Embedding<float>>>(), Is.SameAs(generator));
        Assert.That(generator.GetService<string>(), Is.Null);
        Assert.That(generator.GetService<ImageEmbedder>("key"), Is.Null);
    }

    [Test]
    public async Task TheErrorForADamagedImageNamesIt([Values("cut.png", null)] string? name)
    {
        using ImageEmbeddingGenerator generator = new(Embedder);
        DataContent damaged = new(Encoded(Picture(1)).Data[..40], "image/png") { Name = name };
        ImageException? refused = await Assert.ThrowsAsync<ImageException>(() => generator.GenerateAsync([Encoded(Picture(0)), damaged]));
        Assert.That(refused!.Message, Does.StartWith($"Image '{name ?? "value 1"}': "));
    }

    [Test]
    public void RejectsOtherDimensions()
    {
        using ImageEmbeddingGenerator generator = new(Embedder);
        Assert.That(() => generator.GenerateAsync([Encoded(Picture(0))], new EmbeddingGenerationOptions { Dimensions = 32 }), Throws.ArgumentException
            .With.Message.StartsWith("ImageEmbeddingGenerator: the options ask for 32 dimensions; expected 64, as this network computes."));
    }

    [Test]
    public async Task CancellationStopsBeforeTheNextImage()
    {
        using CancellationTokenSource cancellation = new();
        using ImageEmbeddingGenerator generator = new(Embedder);
        int taken = 0;
        IEnumerable<DataContent> images = Enumerable.Range(0, 1000).Select(i =>
        {
            if (++taken == 20) cancellation.Cancel();
            return Encoded(Picture(i % 7));
        });
        await Assert.CatchAsync<OperationCanceledException>(() => generator.GenerateAsync(images, cancellationToken: cancellation.Token));
        Assert.That(taken, Is.LessThanOrEqualTo(32), "at most two batches were requested");
    }

    private static DataContent Encoded(RgbImage image) => new(ImageFile.EncodePng(image), "image/png");

    private static RgbImage Picture(int seed)
    {
        RgbImage image = new(33, 32 + seed % 5);
        for (int i = 0; i < image.Pixels.Length; i++) image.Pixels[i] = (byte)(i * (2 * seed + 3));
        return image;
    }
}
