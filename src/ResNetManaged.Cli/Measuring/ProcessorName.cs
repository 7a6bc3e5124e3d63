using System.Runtime.InteropServices;

namespace ResNetManaged.Cli.Measuring;

/// <summary>The processor's name, as far as it can be found without native code.</summary>
internal static class ProcessorName
{
    private const string LinuxProcessors = "/proc/cpuinfo";
    private const string LinuxName = "model name"; // x86; most ARM kernels give no name
    private const string WindowsVariable = "PROCESSOR_IDENTIFIER";

    public static string Get()
    {
        string? line = File.Exists(LinuxProcessors)
            ? File.ReadLines(LinuxProcessors).FirstOrDefault(text => text.StartsWith(LinuxName, StringComparison.Ordinal))
            : null;
        return line?.Split(':', 2)[^1].Trim() ?? Environment.GetEnvironmentVariable(WindowsVariable)
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
