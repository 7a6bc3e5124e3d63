using BenchmarkDotNet.Running;
using ResNetManaged.Benchmarks;
using ResNetManaged.Benchmarks.Compare;
using ResNetManaged.Benchmarks.FirstAnswer;
using ResNetManaged.Benchmarks.Peers;
using ResNetManaged.Benchmarks.Reporting;

try
{
    if (args is ["compare", ..]) CompareCommand.Run(CompareOptions.Parse(args[1..]));
    else if (args is ["first", ..]) FirstAnswerCommand.Run(args[1..]);
    else if (args is ["report", ..]) ReportCommand.Run(args[1..]);
    else RunBenchmarks(Selection.Parse(args));
    return 0;
}
catch (ArgumentException exception)
{
    Console.Error.WriteLine($"error: {exception.Message}");
    return 2;
}

static void RunBenchmarks(string[] args)
{
    bool onlyAsks = args.Any(argument => argument is "--list" or "--help" or "-h" or "--version" or "--info");
    if (!onlyAsks)
    {
        Console.WriteLine(Peaks.Describe());
        if (LibTorchRuntime.Unavailable is string reason) Console.WriteLine($"LibTorch benchmarks are skipped. {reason}");
    }
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, BenchmarkConfig.Create(skipUnavailable: !onlyAsks));
}
