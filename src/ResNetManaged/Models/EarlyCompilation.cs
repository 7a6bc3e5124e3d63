using System.Runtime.CompilerServices;

namespace ResNetManaged.Models;

/// <summary>Lets the JIT compile what networks have in common on another thread, while a network's file is still being read.</summary>
/// <remarks>
/// The first answer of a process waits for the JIT longer than for the arithmetic. Plans of all networks run the same code, and on images of 224 x 224
/// pixels also the same register tiles, since sides of 56, 28, 14 and 7 pixels divide alike; so a thin network, computed once, needs nearly all of it.
/// </remarks>
internal static class EarlyCompilation
{
    private static int _started;

    /// <summary>The work, for measurements that it must not disturb.</summary>
    public static Task Work { get; private set; } = Task.CompletedTask;

    /// <summary>A bottleneck network with every algorithm; its last stage is wide enough for F(2x2).</summary>
    internal static readonly ResNetConfig Thin =
        ResNetConfig.Torchvision(BlockKind.Bottleneck, 2, 2, 1, 2) with { Widths = [32, 32, 32, 160], NumClasses = 32 };

    /// <summary>Starts once in a process, unless there is no JIT or no second processor.</summary>
    public static void Start()
    {
        if (!RuntimeFeature.IsDynamicCodeCompiled || Environment.ProcessorCount == 1 || Interlocked.Exchange(ref _started, 1) == 1) return;
        Work = Task.Run(Run);
    }

    /// <summary>Compiles and computes the thin network on one thread.</summary>
    internal static void Run()
    {
        try
        {
            ResNet network = new(Thin);
            network.Eval();
            int side = Thin.InputSize;
            network.Compile(new ExecutionOptions { Threads = 1 }).Warmup([1, Thin.InChannels, side, side]);
        }
        catch (Exception exception) when (exception is InvalidOperationException or PlatformNotSupportedException or OutOfMemoryException)
        {
            // A vector width that does not exist, or no memory: whoever computes with the network itself is told.
        }
    }
}
