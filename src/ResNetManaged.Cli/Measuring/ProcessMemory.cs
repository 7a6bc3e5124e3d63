using System.Diagnostics;
using System.Globalization;

namespace ResNetManaged.Cli.Measuring;

/// <summary>This process's memory, as the operating system counts it.</summary>
internal static class ProcessMemory
{
    private const string LinuxStatus = "/proc/self/status";
    private const string LinuxReset = "/proc/self/clear_refs";
    private const string ResetHighWaterMark = "5"; // proc_pid_clear_refs(5)
    private const string HighWaterMark = "VmHWM:"; // peak resident set, in units of 1024 bytes

    /// <summary>Collects garbage and, if the operating system allows it, restarts the measurement of the peak.</summary>
    public static void ResetPeak()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            if (File.Exists(LinuxReset)) File.WriteAllText(LinuxReset, ResetHighWaterMark);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Some containers forbid it; the peak then includes everything before.
        }
    }

    /// <summary>The peak resident memory, in MiB.</summary>
    public static double PeakMebibytes()
    {
        // On Linux the runtime reports the current figure, not the peak.
        string? line = OperatingSystem.IsLinux()
            ? File.ReadLines(LinuxStatus).FirstOrDefault(text => text.StartsWith(HighWaterMark, StringComparison.Ordinal))
            : null;
        if (line is not null) return long.Parse(line[HighWaterMark.Length..].Replace("kB", "").Trim(), CultureInfo.InvariantCulture) / 1024.0;
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / (1024.0 * 1024.0);
    }
}
