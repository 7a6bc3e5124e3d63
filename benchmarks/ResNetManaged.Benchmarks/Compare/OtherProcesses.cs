using System.Diagnostics;
using System.Globalization;

namespace ResNetManaged.Benchmarks.Compare;

/// <summary>Counts the cores used by others since its creation: by other programs, and by other guests of a virtual machine's host.</summary>
/// <remarks>The peak does not reveal them, because it finds the free moments between their time slices.</remarks>
internal sealed class OtherProcesses
{
    private const string Statistics = "/proc/stat"; // Linux

    /// <summary>proc(5): the fourth and fifth number of the first line are idle time; the last two are part of the first two.</summary>
    private const int Idle = 3, WaitingForInput = 4, Kinds = 8;

    private const double SecondsPerTick = 0.01;

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly double? _busy = BusySeconds();

    /// <summary>The average number of cores that others used; null if the system does not report it.</summary>
    public double? Cores() => _busy is double before && BusySeconds() is double now
        ? Math.Max(0, (now - before) / Stopwatch.GetElapsedTime(_start).TotalSeconds)
        : null;

    private static double? BusySeconds()
    {
        if (!File.Exists(Statistics)) return null;
        double[] ticks = [.. File.ReadLines(Statistics).First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..(Kinds + 1)]
            .Select(field => double.Parse(field, CultureInfo.InvariantCulture))];
        return (ticks.Sum() - ticks[Idle] - ticks[WaitingForInput]) * SecondsPerTick - Environment.CpuUsage.TotalTime.TotalSeconds;
    }
}
