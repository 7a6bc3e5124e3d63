using BenchmarkDotNet.Running;
using ResNetManaged.Benchmarks;
using ResNetManaged.Benchmarks.Models;
using ResNetManaged.Benchmarks.Peers;
using ResNetManaged.Benchmarks.Reporting;

if (args is ["compare", ..]) return Comparison.Run(args[1..]);

string[] rest = Selection.Parse(args);
bool onlyAsks = rest.Any(argument => argument is "--list" or "--help" or "-h" or "--version" or "--info");
if (!onlyAsks)
{
    Console.WriteLine(MachinePeak.Describe());
    if (LibTorchRuntime.Unavailable is string reason) Console.WriteLine($"LibTorch benchmarks are skipped. {reason}");
}
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest, BenchmarkConfig.Create(skipUnavailable: !onlyAsks));
return 0;
