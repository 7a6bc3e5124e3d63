using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ResNetManaged.Plans.Diagnostics;

/// <summary>The meter <c>ResNetManaged</c>: calls and images computed, and the duration of calls.</summary>
/// <remarks>
/// No instrument has tags, so that a call allocates nothing. Counts are kept here and read on demand: they include calls made before the meter
/// existed.
/// </remarks>
internal static class InferenceMeter
{
    public const string Name = "ResNetManaged";

    private static long _calls, _images;
    private static int _requested;
    private static Meter? _meter;
    private static Histogram<double>? _duration;

    /// <summary>
    /// Creates the meter in the background: a process's first meter takes about 30 ms, more than its first call on a small network.
    /// </summary>
    public static void Publish()
    {
        if (Interlocked.Exchange(ref _requested, 1) == 0) ThreadPool.UnsafeQueueUserWorkItem(_ => Create(), null);
    }

    /// <summary>Marks the start of a call.</summary>
    /// <returns>The time for <see cref="Stop"/>; 0 while durations are not observed.</returns>
    public static long Start() => _duration is { Enabled: true } ? Stopwatch.GetTimestamp() : 0;

    /// <summary>Marks the end of a call.</summary>
    public static void Stop(long start, int images)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Add(ref _images, images);
        if (start != 0) _duration!.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static void Create()
    {
        _meter = new Meter(Name);
        _meter.CreateObservableCounter("resnetmanaged.inference.calls", () => Volatile.Read(ref _calls), "{call}", "Calls of compiled models.");
        _meter.CreateObservableCounter("resnetmanaged.inference.images", () => Volatile.Read(ref _images), "{image}", "Images computed.");
        _duration = _meter.CreateHistogram<double>("resnetmanaged.inference.duration", "s", "The duration of calls of compiled models.");
    }
}
