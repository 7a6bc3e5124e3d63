using System.Diagnostics;
using System.Text;
using NUnit.Framework;

namespace ResNetManaged.Packages;

/// <summary>Runs programs and reads what they print.</summary>
internal static class DotNet
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20); // a machine that builds other things besides

    /// <summary>Runs a program to its end and fails the test where its exit code is not 0.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="program">Its name or path.</param>
    /// <param name="environment">Variables that are set besides the test's own; null takes one away.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it wrote to standard output.</returns>
    public static string Run(string folder, string program, IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the test runner tells its own children is not for these.
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
        process.WaitForExit(); // until both streams are read to their ends
        Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}:\n{output}\n{error}");
        return output.ToString();
    }

    private static bool IsOfTheRunner(string name) =>
        name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || name is "DOTNET_HOST_PATH" or "VSTEST_CONNECTION_TIMEOUT";
}
