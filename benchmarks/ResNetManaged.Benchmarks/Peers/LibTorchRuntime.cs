using TorchSharp;

namespace ResNetManaged.Benchmarks.Peers;

/// <summary>Whether LibTorch is there.</summary>
internal static class LibTorchRuntime
{
    private static readonly Lazy<string?> Reason = new(TryLoad);

    /// <summary>Null if it is; otherwise why not and what to do, in one line.</summary>
    public static string? Unavailable => Reason.Value;

    private static string? TryLoad()
    {
        try
        {
            using torch.Tensor probe = torch.zeros(1);
            return null;
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or NotSupportedException)
        {
            return File.Exists(NativeLibrary)
                ? $"it is here but does not load ({FirstLine(exception)})"
                : "it is not part of this build; add -p:LibTorch=true to the dotnet command to fetch it (0.5 GB).";
        }
    }

    private static string NativeLibrary => Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libtorch_cpu.so");

    private static string FirstLine(Exception exception) => exception.GetBaseException().Message.Split('\n')[0].Trim();
}
