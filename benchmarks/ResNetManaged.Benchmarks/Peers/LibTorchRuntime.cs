using System.Runtime.InteropServices;

namespace ResNetManaged.Benchmarks.Peers;

/// <summary>Whether LibTorch is available.</summary>
internal static class LibTorchRuntime
{
    private static readonly Lazy<string?> Reason = new(TryLoad);

    /// <summary>Null if it is; otherwise the reason and the remedy, in one line.</summary>
    public static string? Unavailable => Reason.Value;

    /// <summary>The version of LibTorch that TorchSharp was built for, such as 2.10.0; only if it is available.</summary>
    public static string Version => System.Version.Parse(TorchSharp.torch.__version__).ToString(3);

    /// <summary>Loads the libraries as TorchSharp will.</summary>
    /// <remarks>TorchSharp itself would search the package cache, copy half a gigabyte and print a page.</remarks>
    private static string? TryLoad()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");
        if (!File.Exists(Path.Combine(folder, "libtorch_cpu.so")))
            return "LibTorch is not part of this build; add -p:LibTorch=true to the dotnet command (linux-x64, fetches 0.5 GB).";
        try
        {
            NativeLibrary.Load(Path.Combine(folder, "libtorch_cpu.so"));
            NativeLibrary.Load(Path.Combine(folder, "libLibTorchSharp.so"));
            return null;
        }
        catch (DllNotFoundException exception)
        {
            string[] lines = exception.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            string cause = lines.ElementAtOrDefault(1) ?? lines[0]; // the runtime's general remarks, then the loader's message
            return $"LibTorch is part of this build but does not load: {cause}";
        }
    }
}
