using System.Diagnostics;
using System.Text.Json;
using NUnit.Framework;

namespace ResNetManaged.Tests.Cli;

/// <summary>Behavior that can only be tested in a separate process.</summary>
[Platform(Include = "Linux,MacOsX")]
public sealed class ProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan TimeOfItsStart = TimeSpan.FromSeconds(1.5); // processor time, since a slow machine takes longer

    [Test]
    public void ASignalEndsALongCommandCleanlyWithExitCode130()
    {
        using Process process = Start("benchmark", "cifar_resnet20", "--seconds", "600");
        try
        {
            while (process.TotalProcessorTime < TimeOfItsStart) Thread.Sleep(50); // an earlier signal would give another exit code
            using Process kill = Process.Start("sh", ["-c", $"kill -TERM {process.Id}"]); // not every machine has a kill program
            Assert.That(process.WaitForExit(Patience), Is.True);
            Assert.That(process.ExitCode, Is.EqualTo(130));
            Assert.That(process.StandardError.ReadToEnd(), Is.Empty);
        }
        finally
        {
            process.Kill(); // a process that is still running must not outlive a failed test
        }
    }

    [Test]
    public void ClosingStandardOutputEarlyIsNotAnError()
    {
        using Process process = Start("summary", "resnet152", "--depth", "9");
        process.StandardOutput.Close();
        Assert.That(process.WaitForExit(Patience), Is.True);
        Assert.That(process.StandardError.ReadToEnd(), Is.Empty);
        Assert.That(process.ExitCode, Is.Zero);
    }

    [Test]
    public void ACallAllocatesNothingOnAnyThread() // in this process, other tests' threads would count too
    {
        using Process process = Start("benchmark", "cifar_resnet20", "--seconds", "0", "--json");
        JsonElement line = JsonElement.Parse(process.StandardOutput.ReadToEnd());
        Assert.That(line.GetProperty("iterations").GetInt32(), Is.LessThan(10)); // few enough that one allocation is not rounded to zero
        Assert.That(line.GetProperty("allocated_bytes_per_call").GetInt64(), Is.Zero);
    }

    private static Process Start(params string[] args) => Process.Start(
        new ProcessStartInfo("dotnet", ["exec", Path.Combine(TestContext.CurrentContext.TestDirectory, "resnet.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
