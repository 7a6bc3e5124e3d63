using System.Net;
using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Explaining;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Models;
using ResNetManaged.Preprocessing;
using ResNetManaged.Search;
using ResNetManaged.Serving;
using ResNetManaged.Tensors;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serving;

/// <summary>Vectors, heat maps and neighbors over HTTP equal the library's.</summary>
public sealed class ExploringEndpointTests
{
    private const int Pictures = 5;

    private readonly ResNet _network = TinyData.Network();
    private TemporaryFolder _folder = null!;
    private ImageEmbedder _embedder = null!;
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _folder = new TemporaryFolder();
        _embedder = new ImageEmbedder(_network);
        string[] files = [.. Enumerable.Range(0, Pictures).Select(i => _folder[$"picture-{i}.bmp"])];
        for (int i = 0; i < Pictures; i++) File.WriteAllBytes(files[i], TinyData.Bmp(300, 150, seed: i));
        EmbeddingIndex first = new(_embedder.Embed([.. files[..2].Select(file => ImageFile.Load(file))]), files[..2]);
        EmbeddingIndex second = new(_embedder.Embed([.. files[2..].Select(file => ImageFile.Load(file))]), files[2..]);
        File.Delete(files[4]);
        _server = await RunningServer.StartAsync(index: new PictureIndex(first, second));
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task EmbedReturnsTheEmbeddersVector()
    {
        byte[] file = TinyData.Bmp(seed: 9);
        JsonElement answer = await RunningServer.JsonAsync(await _server.PostAsync("/api/embed", file));
        float[] vector = [.. answer.GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle())];
        Assert.That(vector, Is.EqualTo(_embedder.Embed(ImageFile.Load(file))));
    }

    [TestCase("")]
    [TestCase("?class=3")]
    public async Task ExplainReturnsThePictureUnderItsHeatMap(string query)
    {
        byte[] file = TinyData.Bmp(40, 30, seed: 9);
        using HttpResponseMessage response = await _server.PostAsync($"/api/explain{query}", file);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("image/png"));
        RgbImage picture = ImageFile.Load(file);
        HeatMap expected = new GradCam(_network).Explain(picture, query.Length == 0 ? null : 3);
        Assert.That(response.Headers.GetValues("X-Class-Index").Single(), Is.EqualTo($"{expected.ClassIndex}"));
        Assert.That(ImageFile.Load(await response.Content.ReadAsByteArrayAsync()).Pixels.ToArray(), Is.EqualTo(expected.Overlay(picture).Pixels.ToArray()));
    }

    [Test]
    public async Task ExplainScalesLargePicturesTo1024PixelsPerSide()
    {
        using HttpResponseMessage response = await _server.PostAsync("/api/explain", TinyData.Bmp(2000, 500));
        RgbImage overlay = ImageFile.Load(await response.Content.ReadAsByteArrayAsync());
        Assert.That((overlay.Width, overlay.Height), Is.EqualTo((1024, 256)));
    }

    [TestCase("class=10")]
    [TestCase("class=-1")]
    [TestCase("class=cat")]
    public async Task ExplainRejectsAClassOutOfRange(string query)
    {
        using HttpResponseMessage response = await _server.PostAsync($"/api/explain?{query}", TinyData.Bmp());
        Assert.That(await RunningServer.AssertProblem(response, 400, "query_invalid"), Does.Contain("from 0 to 9"));
    }

    [Test]
    public async Task SimilarReturnsPicturesByCosineStartingWithTheSameOne()
    {
        byte[] file = TinyData.Bmp(300, 150, seed: 3);
        JsonElement answer = await RunningServer.JsonAsync(await _server.PostAsync($"/api/similar?top={Pictures}", file));
        JsonElement[] neighbors = [.. answer.GetProperty("neighbors").EnumerateArray()];
        Assert.That(neighbors[0].GetProperty("name").GetString(), Is.EqualTo("picture-3.bmp"));
        Assert.That(neighbors[0].GetProperty("url").GetString(), Is.EqualTo("api/pictures/3"));
        float[] query = _embedder.Embed(ImageFile.Load(file));
        foreach (JsonElement neighbor in neighbors)
        {
            int index = neighbor.GetProperty("index").GetInt32();
            float[] vector = _embedder.Embed(ImageFile.Load(TinyData.Bmp(300, 150, seed: index)));
            Assert.That(neighbor.GetProperty("similarity").GetSingle(), Is.EqualTo(Cosine(query, vector)).Within(1e-5)); // D = 64 products of unit vectors
        }
        Assert.That(neighbors.Select(neighbor => neighbor.GetProperty("similarity").GetSingle()), Is.Ordered.Descending);
    }

    [Test]
    public async Task AnIndexedPictureIsServedAsAThumbnail()
    {
        using HttpResponseMessage response = await _server.Client.GetAsync(new Uri("/api/pictures/3", UriKind.Relative));
        RgbImage small = ImageFile.Load(await response.Content.ReadAsByteArrayAsync());
        Assert.That((small.Width, small.Height), Is.EqualTo((256, 128)));
        Assert.That(small.Pixels.ToArray(), Is.EqualTo(PilResize.Resize(ImageFile.Load(_folder["picture-3.bmp"]), 256, 128).Pixels.ToArray()));
    }

    [TestCase("4", Description = "its file is gone")]
    [TestCase("5")]
    [TestCase("-1")]
    [TestCase("picture-1.bmp")]
    [TestCase("..%2Fpicture-1.bmp")]
    public async Task NoOtherFileIsServed(string index)
    {
        using HttpResponseMessage response = await _server.Client.GetAsync(new Uri($"/api/pictures/{index}", UriKind.Relative));
        await RunningServer.AssertProblem(response, 404, "not_found");
    }

    [Test]
    public async Task TheOpenApiDocumentDescribesTheIndexOnlyIfThereIsOne()
    {
        await using RunningServer without = await RunningServer.StartAsync();
        Assert.That(await _server.Client.GetStringAsync(new Uri("/openapi.json", UriKind.Relative)), Does.Contain("/api/similar"));
        Assert.That(await without.Client.GetStringAsync(new Uri("/openapi.json", UriKind.Relative)), Does.Not.Contain("/api/similar"));
        Assert.That((await without.PostAsync("/api/similar", TinyData.Bmp())).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public void RejectsAnIndexOfAnotherNetwork()
    {
        PictureIndex index = new(new EmbeddingIndex(Tensor.Ones([2, 3]), ["a", "b"]));
        Assert.That(() => new ResNetService(_network, index: index), Throws.ArgumentException.With.Message.Contains("vectors of length 3; expected 64"));
    }

    private static double Cosine(float[] a, float[] b)
    {
        double product = 0, ofA = 0, ofB = 0;
        for (int i = 0; i < a.Length; i++)
        {
            product += (double)a[i] * b[i];
            ofA += (double)a[i] * a[i];
            ofB += (double)b[i] * b[i];
        }
        return product / Math.Sqrt(ofA * ofB);
    }
}
