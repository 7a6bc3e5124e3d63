using System.Runtime.InteropServices;
using NUnit.Framework;

namespace ResNetManaged.Parity.Support;

/// <summary>Whether LibTorch loads.</summary>
internal static class LibTorch
{
    private const string Mend = "build, then run: eval \"$(tests/ResNetManaged.Parity/prepare-libtorch.sh <build output>)\" "
        + "(tests/ResNetManaged.Parity/README.md)";

    private static readonly Lazy<string?> Problem = new(FindProblem);

    /// <summary>If LibTorch does not load, fails the test if the environment variable CI is true, and skips it otherwise.</summary>
    public static void Require()
    {
        if (Problem.Value is not string problem) return;
        string message = $"LibTorch does not load: {problem}; {Mend}";
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
        Assert.Ignore(message);
    }

    /// <summary>Loads the libraries before TorchSharp does, which would search the package cache and print a long message.</summary>
    private static string? FindProblem()
    {
        (string system, string prefix, string extension) =
            OperatingSystem.IsWindows() ? ("win", "", ".dll") : OperatingSystem.IsMacOS() ? ("osx", "lib", ".dylib") : ("linux", "lib", ".so");
        // Not RuntimeInformation.RuntimeIdentifier, which is specific (ubuntu.24.04-x64) if a distribution built the runtime.
        string platform = $"{system}-{RuntimeInformation.ProcessArchitecture}".ToLowerInvariant();
        string folder = Path.Combine(AppContext.BaseDirectory, "runtimes", platform, "native");
        foreach (string name in (string[])["torch_cpu", "LibTorchSharp"])
        {
            try
            {
                NativeLibrary.Load(Path.Combine(folder, prefix + name + extension));
            }
            catch (DllNotFoundException exception)
            {
                // The runtime's general remarks, then the loader's message.
                string[] lines = exception.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries);
                return lines.ElementAtOrDefault(1) ?? lines[0];
            }
        }
        return null;
    }
}
