using System.Collections.Concurrent;
using ResNetManaged.Serving.Batching;
using ResNetManaged.Tests.Support;

namespace ResNetManaged.Tests.Serving;

/// <summary>A computation that blocks a pipeline's computing thread until the gate opens.</summary>
internal sealed class Gate : IDisposable
{
    private readonly ManualResetEventSlim _open = new(), _entered = new();
    private readonly BodyMemory _memory = new(long.MaxValue);

    public Gate(int maxBatch = 8, string name = "gate") => Lane = new Lane<int, int>(name, maxBatch, Compute);

    public Lane<int, int> Lane { get; }

    /// <summary>The computed batches, in order.</summary>
    public ConcurrentQueue<int[]> Batches { get; } = [];

    /// <summary>The exception that batches throw; null for results.</summary>
    public Exception? Failure { get; set; }

    public long BodyBytes => _memory.Reserved;

    /// <summary>Sends a picture through the pipeline; its result is <paramref name="number"/>.</summary>
    public async Task<JobResult<int>> SendAsync(Pipeline pipeline, int number, CancellationToken cancellation = default)
    {
        byte[] file = TinyData.Bmp();
        RequestBody body = await RequestBody.ReadAsync(new MemoryStream(file), file.Length, file.Length, _memory);
        return await Lane.RunAsync(pipeline, body, _ => number, cancellation);
    }

    /// <summary>Returns once a batch is being computed.</summary>
    public void WaitUntilEntered() => _entered.Wait();

    public void Open() => _open.Set();

    public void Dispose()
    {
        _open.Dispose();
        _entered.Dispose();
    }

    private int[] Compute(IReadOnlyList<int> numbers)
    {
        Batches.Enqueue([.. numbers]);
        _entered.Set();
        _open.Wait();
        return Failure is null ? [.. numbers] : throw Failure;
    }
}
