using System.Diagnostics;
using ResNetManaged.Docs.Pages;

namespace ResNetManaged.Docs.Running;

/// <summary>Runs Python snippets if the system's Python has their modules.</summary>
internal static class PythonRunner
{
    private const string Python = "/usr/bin/python3"; // Debian's has torch if python3-torch is installed
    private const string LacksModule = "ModuleNotFoundError: ";

    public static Outcome Run(Snippet snippet, string folder)
    {
        if (!File.Exists(Python)) return new Outcome(NotRun: $"{snippet.Place}: there is no {Python}");
        string program = string.Join('\n', snippet.Blocks[0].Text.Lines);
        ProcessStartInfo start = new(Python, ["-c", program]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0) return new Outcome(Output: output);
        int lack = error.Result.IndexOf(LacksModule, StringComparison.Ordinal);
        return lack >= 0
            ? new Outcome(NotRun: $"{snippet.Place}: {error.Result[lack..].Trim()}")
            : new Outcome($"{snippet.Place}: exit code {process.ExitCode}\n{output}{error.Result}");
    }
}
