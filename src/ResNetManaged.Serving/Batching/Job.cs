using System.Diagnostics;
using ResNetManaged.Imaging;
using ResNetManaged.Preprocessing;

namespace ResNetManaged.Serving.Batching;

/// <summary>A picture in the <see cref="Pipeline"/>: one thread decodes it, then it is computed in a batch with others of its lane.</summary>
/// <remarks>Whoever takes a job out of a queue owns it and the request's body.</remarks>
internal abstract class Job(RequestBody body)
{
    private long _entered = Stopwatch.GetTimestamp();
    private TimeSpan _queued, _decoding;

    /// <summary>The computation; jobs of one lane may share a batch.</summary>
    public abstract Lane Lane { get; }

    /// <summary>The job's node in the queue where it waits; null while it is not waiting.</summary>
    public LinkedListNode<Job>? Node { get; set; }

    /// <summary>Whether the caller has stopped waiting for the result.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>Decodes and preprocesses the picture; a failure ends the job.</summary>
    /// <returns>Whether the job can be computed.</returns>
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
#pragma warning disable CA1031 // The exception becomes this request's response; the thread serves others.
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

    /// <summary>The picture's size in pixels, once decoded.</summary>
    protected (int Width, int Height) Size { get; private set; }

    /// <summary>Releases the body of a job that was never decoded.</summary>
    public void DisposeBody() => body.Dispose();

    /// <summary>Ends the job without a result.</summary>
    public abstract void Fail(Exception exception);

    /// <summary>Preprocesses the picture for the lane.</summary>
    protected abstract void Prepare(RgbImage image);

    /// <summary>The job's times, given its batch's size and the timestamp when its computation started.</summary>
    protected JobCost CostOf(int batch, long start) => new(_decoding, _queued + Stopwatch.GetElapsedTime(_entered, start), Stopwatch.GetElapsedTime(start), batch);
}

/// <summary>Where a request's time went, and the size of its batch.</summary>
internal readonly record struct JobCost(TimeSpan Decode, TimeSpan Queue, TimeSpan Compute, int Batch);

/// <summary>A job's result.</summary>
internal readonly record struct JobResult<T>(T Value, int Width, int Height, JobCost Cost);
