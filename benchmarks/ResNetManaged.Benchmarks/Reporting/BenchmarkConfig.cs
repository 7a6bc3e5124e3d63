using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;
using ResNetManaged.Benchmarks.Models;
using ResNetManaged.Benchmarks.Peers;

namespace ResNetManaged.Benchmarks.Reporting;

/// <summary>How all benchmarks run and what their tables show.</summary>
internal static class BenchmarkConfig
{
    /// <summary>Names such as <c>conv3_x 128x28x28 3x3</c> must not be cut.</summary>
    private const int ParameterWidth = 60;

    /// <summary>
    /// Long enough for the clock and several calls; with half a second, the default, the short job would take more than ten minutes.
    /// </summary>
    private const int IterationMilliseconds = 200;

    /// <summary>The settings.</summary>
    /// <param name="skipUnavailable">Whether to omit what cannot run here (listings still show it).</param>
    public static IConfig Create(bool skipUnavailable)
    {
        // In process: the peak is then measured in the process that is timed, and --threads and --simd reach the benchmarks. The default, a
        // generated project per job, also works, but building it takes up to a minute.
        Job inProcess = new Job()
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithIterationTime(TimeInterval.FromMilliseconds(IterationMilliseconds));
        ManualConfig config = ManualConfig.Create(DefaultConfig.Instance)
            .AddJob(inProcess.AsMutator()) // changes every job, including those of --job
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumn(StatisticColumn.Min, StatisticColumn.Median, RateColumn.Gigaflops, RateColumn.ShareOfPeak)
            .HideColumns(Column.Job, Column.Toolchain, Column.IterationTime, Column.Error, Column.Gen0, Column.Gen1, Column.Gen2, Column.AllocRatio)
            .WithSummaryStyle(SummaryStyle.Default.WithMaxParameterColumnWidth(ParameterWidth).WithTimeUnit(TimeUnit.Millisecond));
        if (skipUnavailable && LibTorchRuntime.Unavailable is not null)
            config.AddFilter(new SimpleFilter(benchmark => benchmark.Descriptor.WorkloadMethod.Name != nameof(ModelBenchmarks.LibTorch)));
        return config;
    }
}
