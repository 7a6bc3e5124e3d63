using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ResNetManaged.Plans;

/// <summary>The meter <c>ResNetManaged</c>: how many calls and images were computed, and how long calls took.</summary>
/// <remarks>No instrument has tags, so that a call allocates nothing; while nobody listens it costs three checks.</remarks>
internal static class InferenceMeter
{
    public const string Name = "ResNetManaged";

    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Calls =
        Meter.CreateCounter<long>("resnetmanaged.inference.calls", "{call}", "Calls of compiled models.");

    private static readonly Counter<long> Images =
        Meter.CreateCounter<long>("resnetmanaged.inference.images", "{image}", "Images that calls of compiled models computed.");

    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram<double>("resnetmanaged.inference.duration", "s", "How long calls of compiled models took.");

    /// <summary>Before a call.</summary>
    /// <returns>The time for <see cref="Stop"/>; 0 while nobody wants durations.</returns>
    public static long Start() => Duration.Enabled ? Stopwatch.GetTimestamp() : 0;

    /// <summary>After a call.</summary>
    public static void Stop(long start, int images)
    {
        Calls.Add(1);
        Images.Add(images);
        if (start != 0) Duration.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
