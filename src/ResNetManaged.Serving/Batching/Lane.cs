using System.Diagnostics;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Serving.Batching;

/// <summary>One kind of computation.</summary>
/// <param name="name">The name in metrics.</param>
/// <param name="maxBatch">The largest batch.</param>
internal abstract class Lane(string name, int maxBatch)
{
    public string Name { get; } = name;

    public int MaxBatch { get; } = maxBatch;

    /// <summary>Computes jobs of this lane and completes them with results or with the failure.</summary>
    public abstract void Run(IReadOnlyList<Job> batch);
}

/// <summary>One kind of computation.</summary>
/// <typeparam name="TInput">What a decoding thread produces from a picture.</typeparam>
/// <typeparam name="TResult">The result for each input.</typeparam>
/// <param name="name">The name in metrics.</param>
/// <param name="maxBatch">The largest batch.</param>
/// <param name="compute">Computes the results of a batch, in the order of its inputs.</param>
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
#pragma warning disable CA1031 // The exception becomes these requests' response; the thread serves others.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            foreach (Job job in batch) job.Fail(exception);
        }
    }

    /// <summary>Sends a picture through the pipeline.</summary>
    /// <param name="pipeline">The pipeline, which has admitted the request.</param>
    /// <param name="body">The encoded picture; the lane disposes it.</param>
    /// <param name="prepare">Converts the decoded picture to the input on a decoding thread. It must not keep the picture.</param>
    /// <param name="cancellation">Removes the job from the queue.</param>
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
            _ = _result.Task.Exception; // marks it observed: if the client is gone, no one awaits it
        }

        protected override void Prepare(RgbImage image) => Input = prepare(image);
    }
}
