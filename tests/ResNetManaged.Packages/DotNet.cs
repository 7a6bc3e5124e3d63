using System.Diagnostics;
using System.Text;
using NUnit.Framework;

namespace ResNetManaged.Packages;

/// <summary>Runs programs and reads their output.</summary>
internal static class DotNet
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20); // the machine may be busy

    /// <summary>Runs a program to its end and fails the test if its exit code is not 0.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="program">Its name or path.</param>
    /// <param name="environment">Variables to set; null removes one.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Its standard output.</returns>
    public static string Run(string folder, string program, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        (int exitCode, string output, string error) = Finish(folder, program, environment, arguments);
        Assert.That(exitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}:\n{output}\n{error}");
        return output;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="program">Its name or path.</param>
    /// <param name="environment">Variables to set; null removes one.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Its exit code, output and error output.</returns>
    public static (int ExitCode, string Output, string Error) Finish(
        string folder, string program, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The test runner sets variables for its children that would interfere with these programs.
        foreach (string name in start.Environment.Keys.Where(IsOfTheRunner).ToArray()) start.Environment.Remove(name);
        foreach ((string name, string? value) in environment) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        StringBuilder output = new(), error = new();
        process.OutputDataReceived += (_, line) => output.AppendLine(line.Data);
        process.ErrorDataReceived += (_, line) => error.AppendLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} took more than {Patience}:\n{output}\n{error}");
        }
        process.WaitForExit(); // waits until both streams are read
        return (process.ExitCode, output.ToString(), error.ToString());
    }

    private static bool IsOfTheRunner(string name) =>
        name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || name is "DOTNET_HOST_PATH" or "VSTEST_CONNECTION_TIMEOUT";
}
