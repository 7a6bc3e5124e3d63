using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ResNetManaged.Soak;

/// <summary><c>resnet serve</c> in a separate process.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client = new();

    private ServerProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public static async Task<ServerProcess> StartAsync(string[] options)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "..", "..", "ResNetManaged.Cli", "release", "resnet.dll");
        Process process = Process.Start(new ProcessStartInfo("dotnet", ["exec", program, "serve", "--port", "0", .. options])
        {
            RedirectStandardOutput = true,
        })!;
        string line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the server did not start");
        return new ServerProcess(process, new Uri(line.Split(' ')[^1]));
    }

    /// <summary>Reads the server's metrics.</summary>
    public async Task<Sample> SampleAsync()
    {
        string text = await _client.GetStringAsync(new Uri(Address, "/metrics"));
        return new Sample(
            Value("process_resident_memory_bytes") / (1 << 20), Value("dotnet_gc_heap_bytes") / (1 << 20), (int)Value("process_num_threads"),
            (long)Value("resnet_accepted_total"), (int)Value("resnet_requests_in_progress"));

        double Value(string name) => double.Parse(Regex.Match(text, $"^{name} (.+)$", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>Sends SIGTERM and waits for the process to exit.</summary>
    /// <returns>The number of pictures the server says it accepted, and its exit code.</returns>
    public async Task<(long Accepted, int ExitCode)> TerminateAsync()
    {
        using (Process kill = Process.Start("sh", ["-c", $"kill -TERM {_process.Id}"])) await kill.WaitForExitAsync();
        string rest = await _process.StandardOutput.ReadToEndAsync();
        await _process.WaitForExitAsync();
        return (long.Parse(LastLine().Match(rest).Groups[1].Value, CultureInfo.InvariantCulture), _process.ExitCode);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
        _client.Dispose();
    }

    [GeneratedRegex(@"^stopped after (\d+) pictures", RegexOptions.Multiline)]
    private static partial Regex LastLine();
}

/// <summary>The server's state at one moment; memory in MiB.</summary>
internal readonly record struct Sample(double ResidentMemory, double Heap, int Threads, long Accepted, int InProgress);
