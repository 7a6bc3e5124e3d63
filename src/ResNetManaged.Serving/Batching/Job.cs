using System.Diagnostics;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Serving.Batching;

/// <summary>A picture on its way through the <see cref="Pipeline"/>: decoded by one thread, then computed with others of its lane.</summary>
/// <remarks>Whoever takes it out of a queue owns it, and with it the request's body.</remarks>
internal abstract class Job(RequestBody body)
{
    private long _entered = Stopwatch.GetTimestamp();
    private TimeSpan _queued, _decoding;

    /// <summary>What it is computed by: jobs of one lane may share a batch.</summary>
    public abstract Lane Lane { get; }

    /// <summary>The place in the queue where it waits; null while it does not.</summary>
    public LinkedListNode<Job>? Node { get; set; }

    /// <summary>Set once nobody waits for its result any more.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>Decodes and preprocesses; on failure the job is done.</summary>
    /// <returns>Whether it is to be computed.</returns>
    public bool Decode(ImageFileOptions options)
    {
        long start = Stopwatch.GetTimestamp();
        _queued += Stopwatch.GetElapsedTime(_entered, start);
        try
        {
            RgbImage image = ImageFile.Load(body.Content, options);
            Size = (image.Width, image.Height);
            Prepare(image);
            return true;
        }
#pragma warning disable CA1031 // It becomes this request's answer; the thread serves others.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(exception);
            return false;
        }
        finally
        {
            body.Dispose();
            _entered = Stopwatch.GetTimestamp();
            _decoding = Stopwatch.GetElapsedTime(start, _entered);
        }
    }

    /// <summary>The picture's size, once it is decoded.</summary>
    protected (int Width, int Height) Size { get; private set; }

    /// <summary>Gives up what the job holds, if it never gets decoded.</summary>
    public void DisposeBody() => body.Dispose();

    /// <summary>Ends the job without a result.</summary>
    public abstract void Fail(Exception exception);

    /// <summary>Preprocesses the picture for the lane.</summary>
    protected abstract void Prepare(RgbImage image);

    /// <summary>What the job has cost, when its batch of <paramref name="batch"/> was computed from <paramref name="start"/> until now.</summary>
    protected JobCost CostOf(int batch, long start) => new(_decoding, _queued + Stopwatch.GetElapsedTime(_entered, start), Stopwatch.GetElapsedTime(start), batch);
}

/// <summary>Where a request's time went, and with how many others it was computed.</summary>
internal readonly record struct JobCost(TimeSpan Decode, TimeSpan Queue, TimeSpan Compute, int Batch);

/// <summary>What a job gave.</summary>
internal readonly record struct JobResult<T>(T Value, int Width, int Height, JobCost Cost);
