using System.Diagnostics;
using System.Globalization;

namespace ResNetManaged.Cli;

/// <summary>What the operating system says about this process's memory.</summary>
internal static class ProcessMemory
{
    private const string LinuxStatus = "/proc/self/status";
    private const string HighWaterMark = "VmHWM:"; // peak resident set, in units of 1024 bytes

    /// <summary>The most resident memory there was so far, in MiB.</summary>
    public static double PeakMebibytes()
    {
        // On Linux the runtime's own figure is that of the moment.
        string? line = OperatingSystem.IsLinux()
            ? File.ReadLines(LinuxStatus).FirstOrDefault(text => text.StartsWith(HighWaterMark, StringComparison.Ordinal))
            : null;
        if (line is not null) return long.Parse(line[HighWaterMark.Length..].Replace("kB", "").Trim(), CultureInfo.InvariantCulture) / 1024.0;
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / (1024.0 * 1024.0);
    }
}
