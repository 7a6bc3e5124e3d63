using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NUnit.Framework;
using ResNetManaged.Serving;
using ResNetManaged.Serving.Batching;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serving;

/// <summary>The server under overload; a gate blocks its computing thread.</summary>
public sealed class LoadTests
{
    private Gate _gate = null!;

    [SetUp]
    public void MakeGate() => _gate = new Gate();

    [TearDown]
    public void RemoveGate() => _gate.Dispose();

    [Test]
    public async Task WaitingPicturesShareABatchWithoutChangingTheirResults()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ResNetServiceOptions { MaxBatch = 6 });
        byte[][] files = [.. Enumerable.Range(1, 6).Select(seed => TinyData.Bmp(seed: seed))];
        List<string> alone = [];
        foreach (byte[] file in files) alone.Add(Predictions(await RunningServer.JsonAsync(await server.PostAsync("/api/classify?top=10", file))));

        Task<JobResult<int>> holding = _gate.SendAsync(server.Service.Pipeline, 0);
        _gate.WaitUntilEntered();
        Task<HttpResponseMessage>[] sent = [.. files.Select(file => server.PostAsync("/api/classify?top=10", file))];
        await Eventually.Holds(() => server.Service.Pipeline.Decoded == files.Length, "six waiting pictures");
        _gate.Open();
        await holding;
        for (int i = 0; i < files.Length; i++)
        {
            JsonElement answer = await RunningServer.JsonAsync(await sent[i]);
            Assert.That(answer.GetProperty("timings").GetProperty("batch").GetInt32(), Is.EqualTo(files.Length));
            Assert.That(Predictions(answer), Is.EqualTo(alone[i]));
        }
    }

    [Test]
    public async Task AFullQueueRejectsPicturesWith503UntilThereIsRoom()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ResNetServiceOptions { QueueLimit = 2 });
        Task<JobResult<int>> holding = _gate.SendAsync(server.Service.Pipeline, 0);
        _gate.WaitUntilEntered();
        Task<HttpResponseMessage>[] taken = [server.PostAsync("/api/classify", TinyData.Bmp()), server.PostAsync("/api/classify", TinyData.Bmp())];
        await Eventually.Holds(() => server.Service.Pipeline.Admitted == 2, "two requests in the queue");

        using HttpResponseMessage refused = await server.PostAsync("/api/classify", TinyData.Bmp());
        await RunningServer.AssertProblem(refused, 503, "queue_full");
        Assert.That(refused.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(1)));
        Assert.That((await server.Client.GetAsync(new Uri("/health", UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That((await server.Client.GetAsync(new Uri("/health/live", UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        _gate.Open();
        await holding;
        foreach (HttpResponseMessage response in await Task.WhenAll(taken)) Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await server.PostAsync("/api/classify", TinyData.Bmp())).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await server.Client.GetAsync(new Uri("/health/ready", UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        await server.MetricsWithAsync("resnet_rejected_total{reason=\"queue_full\"} 1\n");
    }

    [Test]
    public async Task ARequestWhoseClientLeavesIsRemovedFromTheQueue()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Task<JobResult<int>> holding = _gate.SendAsync(server.Service.Pipeline, 0);
        _gate.WaitUntilEntered();
        using CancellationTokenSource leaving = new();
        Task<HttpResponseMessage> abandoned = server.PostAsync("/api/classify", TinyData.Bmp(), cancellation: leaving.Token);
        await Eventually.Holds(() => server.Service.Pipeline.Decoded == 1, "one waiting request");
        await leaving.CancelAsync();
        Assert.That(async () => await abandoned, Throws.InstanceOf<OperationCanceledException>());
        await Eventually.Holds(() => server.Service.Pipeline is { Waiting: 0, Admitted: 0 }, "an empty queue"); // while the gate is still closed
        _gate.Open();
        await holding;
        string metrics = await server.MetricsWithAsync("resnet_requests_total{route=\"/api/classify\",status=\"499\"} 1\n");
        Assert.That(metrics, Does.Not.Contain("task=\"classify\""), "it was never computed");
    }

    [Test]
    public async Task APictureThatWaitsTooLongIsAnsweredWith503()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ResNetServiceOptions { RequestTimeout = TimeSpan.FromSeconds(0.5) });
        Task<JobResult<int>> holding = _gate.SendAsync(server.Service.Pipeline, 0);
        _gate.WaitUntilEntered();
        using HttpResponseMessage response = await server.PostAsync("/api/classify", TinyData.Bmp());
        await RunningServer.AssertProblem(response, 503, "timed_out");
        Assert.That(response.Headers.RetryAfter, Is.Not.Null);
        Assert.That(server.Service.Pipeline.Waiting, Is.Zero);
        _gate.Open();
        await holding;
    }

    [TestCase("image/bmp", "BM12345")]
    [TestCase("multipart/form-data; boundary=x", "--x\r\nContent-Type: image/bmp\r\n\r\nBM12345")]
    public async Task ASenderThatStallsInMidBodyIsAnsweredWith408(string contentType, string start)
    {
        using RecordedLog log = new();
        await using RunningServer server = await RunningServer.StartAsync(new ResNetServiceOptions { RequestTimeout = TimeSpan.FromSeconds(0.5) }, log: log);
        string answer = await server.SendRawAsync(
            $"POST /api/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: {contentType}\r\nContent-Length: 5000\r\n\r\n{start}");
        Assert.That(answer, Does.StartWith("HTTP/1.1 408 "));
        Assert.That(answer, Does.Contain("\"code\":\"body_too_slow\""));
        Assert.That(server.Service.BodyMemory.Reserved, Is.Zero);
        await server.Application.StopAsync();
        Assert.That(log.Entries, Is.Empty); // Kestrel logs an error if it cannot drain the rest of the body
    }

    [TestCase("image/bmp", "BM12345")]
    [TestCase("multipart/form-data; boundary=x", "--x\r\nContent-Type: image/bmp\r\n\r\nBM12345")]
    public async Task AClientThatLeavesInMidBodyLeavesNothingInTheLog(string contentType, string start)
    {
        using RecordedLog log = new();
        await using RunningServer server = await RunningServer.StartAsync(log: log);
        await server.SendRawAndLeaveAsync($"POST /api/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: {contentType}\r\nContent-Length: 5000\r\n\r\n{start}",
            before: () => Eventually.Holds(() => server.Service.BodyMemory.Reserved > 0, "the body's first bytes"));
        string metrics = await server.MetricsWithAsync("resnet_request_duration_seconds_count{route=\"/api/classify\"} 1\n");
        // Kestrel may report the lost connection as a body that ends too soon, before it says that the client is gone.
        Assert.That(metrics, Does.Match("resnet_requests_total{route=\"/api/classify\",status=\"(499|400)\"} 1\n"));
        await server.Application.StopAsync(); // returns after Kestrel has finished with the connection
        Assert.That(log.Entries, Is.Empty);
        Assert.That(server.Service.BodyMemory.Reserved, Is.Zero);
    }

    [Test]
    public async Task BodiesBeyondTheMemoryLimitAreRejectedWith503()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ResNetServiceOptions { MaxBodyMemory = 5000 });
        Assert.That((await server.PostAsync("/api/classify", TinyData.Bmp())).StatusCode, Is.EqualTo(HttpStatusCode.OK)); // 3,126 bytes
        using HttpResponseMessage response = await server.PostAsync("/api/classify", TinyData.Bmp(48, 48));
        await RunningServer.AssertProblem(response, 503, "memory_full");
        Assert.That(server.Service.BodyMemory.Reserved, Is.Zero);
    }

    [Test]
    public async Task AStoppingServerAnswersAcceptedPicturesAndClosesItsPort()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Task<JobResult<int>> holding = _gate.SendAsync(server.Service.Pipeline, 0);
        _gate.WaitUntilEntered();
        Task<HttpResponseMessage>[] accepted = [.. Enumerable.Range(0, 4).Select(seed => server.PostAsync("/api/classify", TinyData.Bmp(seed: seed)))];
        await Eventually.Holds(() => server.Service.Pipeline.Decoded == accepted.Length, "four waiting requests");
        Task stopping = server.Application.StopAsync();
        await Eventually.Holds(() => server.Service.IsStopping && !CanConnect(server), "a closed port");
        Assert.That(stopping.IsCompleted, Is.False);
        _gate.Open();
        await holding;
        foreach (HttpResponseMessage response in await Task.WhenAll(accepted)) Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        await stopping;
    }

    [Test]
    public async Task AStoppingServiceRejectsPictures()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        server.Service.StopAccepting();
        using HttpResponseMessage response = await server.PostAsync("/api/classify", TinyData.Bmp());
        await RunningServer.AssertProblem(response, 503, "stopping");
        Assert.That(response.Headers.ConnectionClose, Is.True);
        using HttpResponseMessage health = await server.Client.GetAsync(new Uri("/health", UriKind.Relative));
        Assert.That((health.StatusCode, (await RunningServer.JsonAsync(health)).GetProperty("status").GetString()),
            Is.EqualTo((HttpStatusCode.ServiceUnavailable, "stopping")));
    }

    [Test]
    public async Task StoppingEndsEvenIfARequestDoesNot()
    {
        await using RunningServer server = await RunningServer.StartAsync(stopWithin: TimeSpan.FromSeconds(0.5));
        Task<JobResult<int>> holding = _gate.SendAsync(server.Service.Pipeline, 0);
        _gate.WaitUntilEntered();
        Task<HttpResponseMessage> lost = server.PostAsync("/api/classify", TinyData.Bmp());
        await Eventually.Holds(() => server.Service.Pipeline.Decoded == 1, "one waiting request");
        await server.Application.StopAsync();
        Assert.That(async () => await lost, Throws.InstanceOf<HttpRequestException>());
        _gate.Open();
        await holding;
    }

    private static bool CanConnect(RunningServer server)
    {
        try
        {
            using TcpClient client = new("127.0.0.1", server.Client.BaseAddress!.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string Predictions(JsonElement answer) => answer.GetProperty("predictions").GetRawText();
}
