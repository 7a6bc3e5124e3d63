using System.Threading.RateLimiting;
using NUnit.Framework;
using ResNetManaged.Preprocessing;
using ResNetManaged.Serving;
using ResNetManaged.Serving.Batching;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serving;

public sealed class PipelineTests
{
    private static readonly ResNetServiceOptions Patient = new() { BatchDelay = TimeSpan.FromSeconds(60) };

    [Test]
    public async Task WaitingPicturesAreComputedTogetherUpToTheLargestBatch()
    {
        using Gate gate = new(maxBatch: 4);
        using Pipeline pipeline = new(new ResNetServiceOptions(), (_, _) => { });
        List<Task<JobResult<int>>> sent = [gate.SendAsync(pipeline, 0)];
        gate.WaitUntilEntered();
        for (int i = 1; i <= 6; i++)
        {
            sent.Add(gate.SendAsync(pipeline, i));
            await Eventually.Holds(() => pipeline.Decoded == i, "the decoded picture"); // so that they wait in this order
        }
        gate.Open();
        JobResult<int>[] results = await Task.WhenAll(sent);
        Assert.That(gate.Batches, Is.EqualTo(new int[][] { [0], [1, 2, 3, 4], [5, 6] }));
        Assert.That(results.Select(result => result.Value), Is.EqualTo(new[] { 0, 1, 2, 3, 4, 5, 6 }));
        Assert.That(results.Select(result => result.Cost.Batch), Is.EqualTo(new[] { 1, 4, 4, 4, 4, 2, 2 }));
    }

    [Test]
    public async Task ABatchWaitsOnlyForPicturesThatAreBeingDecoded()
    {
        using Gate gate = new();
        gate.Open();
        using ManualResetEventSlim decode = new();
        using Pipeline pipeline = new(Patient, (_, _) => { });
        Assert.That((await gate.SendAsync(pipeline, 0)).Value, Is.Zero); // a single picture is computed at once, whatever the delay

        Lane<int, int> slow = new("slow", 8, numbers => [.. numbers]);
        byte[] file = TinyData.Bmp();
        RequestBody body = await RequestBody.ReadAsync(new MemoryStream(file), file.Length, file.Length, new BodyMemory(long.MaxValue));
        Task<JobResult<int>> second = slow.RunAsync(pipeline, body, _ =>
        {
            decode.Wait();
            return 1;
        }, default);
        Task<JobResult<int>> first = gate.SendAsync(pipeline, 2);
        await Eventually.Holds(() => pipeline.Decoded == 1, "the decoded picture");
        Assert.That(gate.Batches, Has.Count.EqualTo(1)); // it waits for the other picture, which might belong to its lane
        decode.Set();
        await Task.WhenAll(first, second);
        Assert.That(gate.Batches, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task AnAbandonedJobLeavesTheQueueAndIsNeverComputed()
    {
        using Gate gate = new();
        using Pipeline pipeline = new(new ResNetServiceOptions(), (_, _) => { });
        Task<JobResult<int>> first = gate.SendAsync(pipeline, 0);
        gate.WaitUntilEntered();
        using CancellationTokenSource cancellation = new();
        Task<JobResult<int>> abandoned = gate.SendAsync(pipeline, 1, cancellation.Token), last = gate.SendAsync(pipeline, 2);
        await Eventually.Holds(() => pipeline.Decoded == 2, "two waiting pictures");
        await cancellation.CancelAsync();
        Assert.That(async () => await abandoned, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(pipeline.Waiting, Is.EqualTo(1));
        gate.Open();
        await Task.WhenAll(first, last);
        Assert.That(gate.Batches, Is.EqualTo(new int[][] { [0], [2] }));
        Assert.That(gate.BodyBytes, Is.Zero);
    }

    [Test]
    public async Task ABatchHoldsOneLaneAndStartsWithTheOldestJob()
    {
        using Gate gate = new(), other = new(name: "other");
        other.Open();
        using Pipeline pipeline = new(new ResNetServiceOptions(), (_, _) => { });
        List<Task> sent = [gate.SendAsync(pipeline, 0)];
        gate.WaitUntilEntered();
        foreach ((Gate lane, int number) in new[] { (other, 1), (gate, 2), (other, 3), (gate, 4) })
        {
            sent.Add(lane.SendAsync(pipeline, number));
            await Eventually.Holds(() => pipeline.Decoded == number, "the decoded picture");
        }
        gate.Open();
        await Task.WhenAll(sent);
        Assert.That(other.Batches, Is.EqualTo(new int[][] { [1, 3] }));
        Assert.That(gate.Batches, Is.EqualTo(new int[][] { [0], [2, 4] }));
    }

    [Test]
    public async Task AFailureEndsOnlyItsOwnBatch()
    {
        using Gate gate = new(), other = new(name: "other");
        gate.Failure = new InvalidOperationException("broken");
        gate.Open();
        other.Open();
        using Pipeline pipeline = new(new ResNetServiceOptions(), (_, _) => { });
        Assert.That(async () => await gate.SendAsync(pipeline, 1), Throws.InvalidOperationException.With.Message.EqualTo("broken"));
        Assert.That((await other.SendAsync(pipeline, 2)).Value, Is.EqualTo(2));
    }

    [Test]
    public async Task APictureThatCannotBeDecodedFailsAloneAndReleasesItsMemory()
    {
        using Gate gate = new();
        gate.Open();
        BodyMemory memory = new(long.MaxValue);
        using Pipeline pipeline = new(new ResNetServiceOptions(), (_, _) => { });
        RequestBody body = await RequestBody.ReadAsync(new MemoryStream([1, 2, 3]), 3, 3, memory);
        Assert.That(async () => await gate.Lane.RunAsync(pipeline, body, _ => 0, default), Throws.TypeOf<ImageException>());
        Assert.That(memory.Reserved, Is.Zero);
        Assert.That((await gate.SendAsync(pipeline, 2)).Value, Is.EqualTo(2));
    }

    [Test]
    public void AdmitsAsManyRequestsAsTheQueueHolds()
    {
        using Pipeline pipeline = new(new ResNetServiceOptions { QueueLimit = 2 }, (_, _) => { });
        RateLimitLease[] places = [pipeline.Enter(), pipeline.Enter(), pipeline.Enter()];
        Assert.That(places.Select(place => place.IsAcquired), Is.EqualTo(new[] { true, true, false }));
        Assert.That(pipeline.Admitted, Is.EqualTo(2));
        foreach (RateLimitLease place in places) place.Dispose();
        Assert.That(pipeline.Admitted, Is.Zero);
        using RateLimitLease next = pipeline.Enter();
        Assert.That(next.IsAcquired, Is.True);
    }

    [Test]
    public async Task DisposingFailsWaitingJobs()
    {
        using Gate gate = new();
        Pipeline pipeline = new(new ResNetServiceOptions(), (_, _) => { });
        Task<JobResult<int>> computed = gate.SendAsync(pipeline, 0);
        gate.WaitUntilEntered();
        Task<JobResult<int>> waiting = gate.SendAsync(pipeline, 1);
        await Eventually.Holds(() => pipeline.Decoded == 1, "the waiting picture");
        Task disposing = Task.Run(pipeline.Dispose);
        await Eventually.Holds(() => pipeline.IsDisposed, "disposal has begun");
        gate.Open();
        await disposing;
        Assert.That((await computed).Value, Is.Zero);
        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
    }
}
