using System.Diagnostics;
using System.Text;

namespace ResNetManaged.Docs.Running;

/// <summary>A program that serves until SIGTERM, as a separate process.</summary>
internal sealed class Server : IDisposable
{
    private const string SaysThatItServes = "http://";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly ManualResetEventSlim _changed = new();

    private Server(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.Exited += (_, _) => _changed.Set();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>Starts a program and waits until it prints its address.</summary>
    /// <param name="start">The program.</param>
    /// <param name="failure">The reason if it does not serve; null if it does.</param>
    /// <returns>The running program.</returns>
    public static Server Start(ProcessStartInfo start, out string? failure)
    {
        Server server = new(start);
        while (!server.Output.Contains(SaysThatItServes, StringComparison.Ordinal) && !server._process.HasExited)
        {
            server._changed.Reset();
            if (!server._changed.Wait(Patience)) break;
        }
        failure = server.Output.Contains(SaysThatItServes, StringComparison.Ordinal) ? null : $"does not serve\n{server.Output}";
        return server;
    }

    /// <summary>Sends SIGTERM and waits for the process to exit.</summary>
    /// <returns>The failure; null if the exit code is 0.</returns>
    public string? Stop()
    {
        using Process kill = Process.Start("sh", ["-c", $"kill -TERM {_process.Id}"]);
        if (!_process.WaitForExit(Patience)) return $"did not end within {Patience.TotalSeconds} s of SIGTERM\n{Output}";
        return _process.ExitCode == 0 ? null : $"ended with exit code {_process.ExitCode} after SIGTERM\n{Output}";
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private void Note(string? line)
    {
        lock (_output) _output.Append(line).Append('\n');
        _changed.Set();
    }
}
