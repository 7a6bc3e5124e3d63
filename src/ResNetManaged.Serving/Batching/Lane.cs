using System.Diagnostics;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Serving.Batching;

/// <summary>One kind of computation.</summary>
/// <param name="name">What metrics call it.</param>
/// <param name="maxBatch">The most jobs that are computed at once.</param>
internal abstract class Lane(string name, int maxBatch)
{
    public string Name { get; } = name;

    public int MaxBatch { get; } = maxBatch;

    /// <summary>Computes jobs of this lane and ends them, with results or with the failure.</summary>
    public abstract void Run(IReadOnlyList<Job> batch);
}

/// <summary>One kind of computation.</summary>
/// <typeparam name="TInput">What a decoding thread makes of a picture.</typeparam>
/// <typeparam name="TResult">What comes out for each.</typeparam>
/// <param name="name">What metrics call it.</param>
/// <param name="maxBatch">The most jobs that are computed at once.</param>
/// <param name="compute">From inputs to results in the same order.</param>
internal sealed class Lane<TInput, TResult>(
    string name, int maxBatch, Func<IReadOnlyList<TInput>, IReadOnlyList<TResult>> compute) : Lane(name, maxBatch)
{
    public override void Run(IReadOnlyList<Job> batch)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            IReadOnlyList<TResult> results = compute([.. batch.Select(job => ((LaneJob)job).Input)]);
            for (int i = 0; i < batch.Count; i++) ((LaneJob)batch[i]).Complete(results[i], batch.Count, start);
        }
#pragma warning disable CA1031 // It becomes these requests' answer; the thread serves others.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            foreach (Job job in batch) job.Fail(exception);
        }
    }

    /// <summary>Sends a picture through the pipeline.</summary>
    /// <param name="pipeline">The pipeline, which has admitted the request.</param>
    /// <param name="body">The encoded picture; disposed of here.</param>
    /// <param name="prepare">From the decoded picture to the input; called by a decoding thread. The picture itself is not to be kept.</param>
    /// <param name="cancellation">Takes the job out of the queue.</param>
    public async Task<JobResult<TResult>> RunAsync(
        Pipeline pipeline, RequestBody body, Func<RgbImage, TInput> prepare, CancellationToken cancellation)
    {
        LaneJob job = new(this, body, prepare);
        pipeline.Start(job);
        try
        {
            return await job.Result.WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            pipeline.Abandon(job);
        }
    }

    private sealed class LaneJob(Lane<TInput, TResult> lane, RequestBody body, Func<RgbImage, TInput> prepare) : Job(body)
    {
        private readonly TaskCompletionSource<JobResult<TResult>> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override Lane Lane => lane;

        public TInput Input { get; private set; } = default!;

        public Task<JobResult<TResult>> Result => _result.Task;

        public void Complete(TResult result, int batch, long start) =>
            _result.TrySetResult(new JobResult<TResult>(result, Size.Width, Size.Height, CostOf(batch, start)));

        public override void Fail(Exception exception)
        {
            _result.TrySetException(exception);
            _ = _result.Task.Exception; // observed: where the client has gone, nobody else looks
        }

        protected override void Prepare(RgbImage image) => Input = prepare(image);
    }
}
