using System.Runtime.InteropServices;
using ResNetManaged.Cli.Output;

namespace ResNetManaged.Cli;

internal static class Program
{
    /// <summary>How long a command may take to stop after the first signal; a second signal ends it at once.</summary>
    public static TimeSpan PatienceAfterInterrupt { get; set; } = TimeSpan.FromSeconds(3);

    public static int Main(string[] args)
    {
        using CancellationTokenSource cancellation = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return ResNetCommandLine.Run(args, Terminal.OfProcess(), cancellation.Token);

        // A command stops at its next check of the token. One that takes too long is ended; no file is ever half written.
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            if (cancellation.IsCancellationRequested) Environment.Exit(ExitCode.Cancelled);
            cancellation.Cancel();
            Task.Delay(PatienceAfterInterrupt).ContinueWith(_ => Environment.Exit(ExitCode.Cancelled), TaskScheduler.Default);
        }
    }
}
