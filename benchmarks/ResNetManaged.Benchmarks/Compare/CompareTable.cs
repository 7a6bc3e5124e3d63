using System.Globalization;
using System.Text;

namespace ResNetManaged.Benchmarks.Compare;

/// <summary>Results as a Markdown table under a line that states their origin.</summary>
internal static class CompareTable
{
    /// <summary>The lines, each with a line end; invalid rows are omitted and listed below.</summary>
    public static string Write(CompareResults results)
    {
        Contender[] contenders = [.. Contender.All.Where(contender => results.Versions.ContainsKey(contender.Key))];
        CompareRow[] rows = [.. results.Rows.Where(row => row.Valid)];
        StringBuilder text = new();
        if (rows.Length > 0) Line(text, $"{Origin(results, rows, contenders).ReplaceLineEndings("\n")}\n");
        string names = string.Concat(contenders.Select(contender => $" {contender.Name} ms | of peak |"));
        Line(text, $"| network | images | threads |{names} best peer / ours |");
        Line(text, $"|---|--:|--:|{string.Concat(contenders.Select(_ => "--:|--:|"))}--:|");
        foreach (CompareRow row in rows)
        {
            string times = string.Concat(contenders.Select(contender => Cells(row.Runtimes[contender.Key])));
            Line(text, $"| {row.Model} | {row.Batch} | {row.Threads} |{times} {row.Ratio:F2} |");
        }
        string[] missing = [.. results.Rows.Except(rows).Select(row => $"{row.Model} with {row.Batch} on {Threads(row.Threads)}")];
        if (missing.Length > 0) Line(text, $"\nLeft out, because the cores were not free: {string.Join(", ", missing)}.");
        return text.ToString();
    }

    /// <summary>Three digits, as many as are reproducible.</summary>
    private static string Milliseconds(double value) =>
        value.ToString(value switch { < 10 => "F2", < 100 => "F1", _ => "F0" }, CultureInfo.InvariantCulture);

    /// <summary>Machine, versions, date and method.</summary>
    private static string Origin(CompareResults results, CompareRow[] rows, IEnumerable<Contender> contenders)
    {
        CompareMachine machine = results.Machine;
        string libraries = string.Join(", ", contenders.Select(contender => $"{contender.Name} {results.Versions[contender.Key].Split('+')[0]}"));
        string allocator = machine.Allocator == "system" ? "" : $" ({machine.Allocator})";
        string rounds = Range(rows.Select(row => (double)row.Runtimes.Values.First().Rounds.Count)), seconds = Range(rows.Select(row => row.Seconds));
        string peaks = string.Join(", ", rows.GroupBy(row => row.Threads).OrderBy(group => group.Key).Select(group =>
            $"{Range(group.SelectMany(row => new[] { row.PeakBefore[row.Threads], row.PeakAfter[row.Threads] }))} GFLOP/s on {Threads(group.Key)}"));
        return string.Create(CultureInfo.InvariantCulture,
            $"""
            {machine.Cpu}, {machine.Cores} cores, {machine.Simd}-bit vectors; .NET {results.Versions["dotnet"]}, {libraries}{allocator}; {results.Date:yyyy-MM-dd}.
            Medians over {rounds} rounds of {seconds} s; the multiply-add peak was {peaks}.
            """);
    }

    private static string Threads(int count) => count == 1 ? "1 thread" : string.Create(CultureInfo.InvariantCulture, $"{count} threads");

    /// <summary>"5", or "258 to 263"; decimals only below ten.</summary>
    private static string Range(IEnumerable<double> values)
    {
        string least = Short(values.Min()), most = Short(values.Max());
        return least == most ? least : $"{least} to {most}";
    }

    private static string Short(double value) => value.ToString(value < 10 ? "0.##" : "F0", CultureInfo.InvariantCulture);

    private static string Cells(CompareTimes times) =>
        string.Create(CultureInfo.InvariantCulture, $" {Milliseconds(times.Median)} | {100 * times.ShareOfPeak:F0} % |");

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
