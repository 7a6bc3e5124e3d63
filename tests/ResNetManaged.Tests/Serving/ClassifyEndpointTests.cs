using System.Net;
using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Imaging;
using ResNetManaged.Inference;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serving;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serving;

public sealed class ClassifyEndpointTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task Start() => _server = await RunningServer.StartAsync(
        new ResNetServiceOptions { MaxRequestBytes = 20_000, Images = new ImageFileOptions { PixelCap = 64 * 64 } });

    [OneTimeTearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [TestCase("image/bmp")]
    [TestCase("image/whatever")]
    [TestCase("application/octet-stream")]
    [TestCase(null)]
    public async Task ReturnsTheClassifiersPredictions(string? contentType)
    {
        byte[] file = TinyData.Bmp(40, 50);
        using HttpResponseMessage response = await _server.PostAsync("/api/classify?top=3", file, contentType);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        AssertPredictions(await RunningServer.JsonAsync(response), file, top: 3);
        Assert.That(response.Headers.GetValues("Server-Timing").Single(), Does.Match(@"^decode;dur=[\d.]+, queue;dur=[\d.]+, compute;dur=[\d.]+, total;dur=[\d.]+$"));
    }

    [Test]
    public async Task AcceptsTheFirstFileOfAForm()
    {
        byte[] file = TinyData.Bmp(seed: 2);
        using MultipartFormDataContent form = new()
        {
            { new StringContent("a holiday"), "title" },
            { RunningServer.Content(file, "image/bmp"), "picture", "holiday.bmp" },
            { RunningServer.Content(TinyData.Bmp(seed: 3), "image/bmp"), "another", "another.bmp" },
        };
        using HttpResponseMessage response = await _server.Client.PostAsync(new Uri("/api/classify", UriKind.Relative), form);
        AssertPredictions(await RunningServer.JsonAsync(response), file, top: 5);
    }

    [Test]
    public async Task AcceptsABodyWithoutALength()
    {
        byte[] file = TinyData.Bmp(seed: 4);
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/classify") { Content = RunningServer.Content(file) };
        request.Headers.TransferEncodingChunked = true;
        using HttpResponseMessage response = await _server.Client.SendAsync(request);
        AssertPredictions(await RunningServer.JsonAsync(response), file, top: 5);
    }

    [TestCase("text/plain", 415, "content_type_unsupported", "'text/plain'")]
    [TestCase("application/x-www-form-urlencoded", 415, "content_type_unsupported", "image/*")]
    [TestCase("not a type", 415, "content_type_unsupported", "'not a type'")]
    [TestCase("multipart/form-data", 400, "form_invalid", "boundary")]
    [TestCase("multipart/form-data; boundary=x", 400, "form_invalid", "")]
    public async Task RejectsOtherTypes(string contentType, int status, string code, string mentioned)
    {
        using ByteArrayContent content = new(TinyData.Bmp());
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        using HttpResponseMessage response = await _server.Client.PostAsync(new Uri("/api/classify", UriKind.Relative), content);
        Assert.That(await RunningServer.AssertProblem(response, status, code), Does.Contain(mentioned));
    }

    [Test]
    public async Task RejectsAFormWithoutAFile()
    {
        using MultipartFormDataContent form = new() { { new StringContent("a holiday"), "title" } };
        using HttpResponseMessage response = await _server.Client.PostAsync(new Uri("/api/classify", UriKind.Relative), form);
        Assert.That(await RunningServer.AssertProblem(response, 400, "form_invalid"), Does.Contain("file"));
    }

    [Test]
    public async Task ReportsTheFaultOfAPicture()
    {
        byte[] file = TinyData.Bmp();
        (byte[] Body, int Status, string Code, string Mentioned)[] cases =
        [
            ([], 400, "body_empty", "empty"),
            (file[..1000], 400, "image_damaged", "truncated"),
            ("hello"u8.ToArray(), 415, "image_format_unknown", "JPEG, PNG, BMP or GIF"),
            (TinyData.Bmp(claimedSide: 65), 413, "image_too_large", "65 x 65 pixels; at most 4096"),
            (new byte[20_001], 413, "body_too_large", "20000 bytes"),
        ];
        foreach ((byte[] body, int status, string code, string mentioned) in cases)
        {
            using HttpResponseMessage response = await _server.PostAsync("/api/classify", body);
            Assert.That(await RunningServer.AssertProblem(response, status, code), Does.Contain(mentioned));
        }
    }

    [Test]
    public async Task ReportsThatAPictureIsTooNarrow()
    {
        await using RunningServer server = await RunningServer.StartAsync(preset: ImagePreset.Cifar10 with { Resize = 1_000_000 });
        using HttpResponseMessage response = await server.PostAsync("/api/classify", TinyData.Bmp(2148, 1)); // 1 pixel high becomes 2.148 billion wide
        Assert.That(await RunningServer.AssertProblem(response, 400, "image_damaged"), Does.Contain("2148 x 1").And.Contain("too narrow"));
    }

    [Test]
    public async Task ABodyWithoutALengthIsReadOnlyUpToTheLimit()
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/classify") { Content = RunningServer.Content(new byte[20_001]) };
        request.Headers.TransferEncodingChunked = true;
        using HttpResponseMessage response = await _server.Client.SendAsync(request);
        await RunningServer.AssertProblem(response, 413, "body_too_large");

        using MultipartFormDataContent form = new() { { RunningServer.Content(new byte[20_001]), "picture", "large.bmp" } };
        using HttpResponseMessage ofForm = await _server.Client.PostAsync(new Uri("/api/classify", UriKind.Relative), form);
        await RunningServer.AssertProblem(ofForm, 413, "body_too_large");
    }

    [TestCase("top=0")]
    [TestCase("top=11")]
    [TestCase("top=-1")]
    [TestCase("top=many")]
    [TestCase("top=")]
    public async Task RejectsAnInvalidQuery(string query)
    {
        using HttpResponseMessage response = await _server.PostAsync($"/api/classify?{query}", TinyData.Bmp());
        Assert.That(await RunningServer.AssertProblem(response, 400, "query_invalid"), Does.Contain("from 1 to 10"));
    }

    [Test]
    public async Task RejectedRequestsReleaseTheirMemoryAndPlace()
    {
        using (await _server.PostAsync("/api/classify", new byte[19_000])) { }
        using (await _server.PostAsync("/api/classify?top=0", TinyData.Bmp())) { }
        Assert.That(_server.Service.BodyMemory.Reserved, Is.Zero);
        Assert.That(_server.Service.Pipeline.Admitted, Is.Zero);
    }

    private void AssertPredictions(JsonElement answer, byte[] file, int top)
    {
        RgbImage image = ImageFile.Load(file);
        IReadOnlyList<Prediction> expected = _server.Service.Classifier.Classify(image, top);
        Assert.That(answer.GetProperty("image").GetProperty("width").GetInt32(), Is.EqualTo(image.Width));
        Assert.That(answer.GetProperty("image").GetProperty("height").GetInt32(), Is.EqualTo(image.Height));
        Assert.That(answer.GetProperty("predictions").EnumerateArray().Select(prediction => (
            prediction.GetProperty("index").GetInt32(), prediction.GetProperty("label").GetString(), prediction.GetProperty("probability").GetSingle())),
            Is.EqualTo(expected.Select(prediction => (prediction.Index, prediction.Label, prediction.Probability))));
        Assert.That(answer.GetProperty("timings").GetProperty("total_ms").GetDouble(), Is.Positive);
    }
}
