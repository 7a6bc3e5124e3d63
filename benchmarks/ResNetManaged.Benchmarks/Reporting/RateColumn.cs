using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Mathematics;
using BenchmarkDotNet.Parameters;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace ResNetManaged.Benchmarks.Reporting;

/// <summary>The rate of arithmetic at a benchmark's median time, for parameters that count it.</summary>
internal sealed class RateColumn : IColumn
{
    /// <summary>Operations per second.</summary>
    public static readonly RateColumn Gigaflops = new("GFLOP/s", "Multiply-adds times 2, divided by the median time",
        (rate, _) => rate.ToString("F1", CultureInfo.InvariantCulture));

    /// <summary>The same as a share of the machine's peak.</summary>
    public static readonly RateColumn ShareOfPeak = new("% of peak",
        "GFLOP/s divided by the multiply-add peak of as many threads with the widest vectors, measured at the start of this run",
        (rate, threads) => (100 * rate / Peaks.Gigaflops(threads)).ToString("F1", CultureInfo.InvariantCulture));

    private readonly Func<double, int, string> _format;

    private RateColumn(string name, string legend, Func<double, int, string> format)
    {
        ColumnName = name;
        Legend = legend;
        _format = format;
    }

    public string Id => ColumnName;

    public string ColumnName { get; }

    public string Legend { get; }

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(benchmark => WorkOf(benchmark) is not null);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        if (WorkOf(benchmarkCase) is not { MultiplyAdds: > 0 } work) return "-";
        if (summary[benchmarkCase]?.ResultStatistics is not Statistics statistics) return "NA";
        return _format(Rate.Gigaflops(work.MultiplyAdds, statistics.Median), (int)benchmarkCase.Parameters["Threads"]);
    }

    private static ICountedWork? WorkOf(BenchmarkCase benchmarkCase)
    {
        foreach (ParameterInstance parameter in benchmarkCase.Parameters.Items)
        {
            if (parameter.Value is ICountedWork work) return work;
        }
        return null;
    }
}
