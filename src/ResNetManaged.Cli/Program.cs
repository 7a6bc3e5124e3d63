using System.Runtime.InteropServices;

namespace ResNetManaged.Cli;

internal static class Program
{
    private static readonly TimeSpan PatienceAfterInterrupt = TimeSpan.FromSeconds(3);

    public static int Main(string[] args)
    {
        using CancellationTokenSource cancellation = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return ResNetCommandLine.Run(args, Terminal.OfProcess(), cancellation.Token);

        // A command stops at its next opportunity. One that computes for long without any is ended: no file is ever half written.
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            cancellation.Cancel();
            Task.Delay(PatienceAfterInterrupt).ContinueWith(_ => Environment.Exit(ExitCode.Cancelled), TaskScheduler.Default);
        }
    }
}
