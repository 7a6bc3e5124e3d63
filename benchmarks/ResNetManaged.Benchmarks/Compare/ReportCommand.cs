namespace ResNetManaged.Benchmarks.Compare;

/// <summary><c>report</c>: writes the README's table and the chart from the files of <c>compare --output</c>.</summary>
internal static class ReportCommand
{
    private const string Usage =
        "usage, from the repository's root: report [--results benchmarks/results] [--readme README.md] [--chart docs/speed.svg]";

    private const string Begin = "<!-- compare:begin -->", End = "<!-- compare:end -->";

    /// <summary>Runs the command.</summary>
    /// <exception cref="ArgumentException">The command is invalid, there are no results, or the README lacks the markers.</exception>
    public static void Run(string[] args)
    {
        string results = "benchmarks/results", readme = "README.md", chart = "docs/speed.svg";
        if (args.Length % 2 != 0) throw new ArgumentException(Usage);
        foreach (string[] option in args.Chunk(2))
        {
            switch (option[0])
            {
                case "--results": results = option[1]; break;
                case "--readme": readme = option[1]; break;
                case "--chart": chart = option[1]; break;
                default: throw new ArgumentException($"report has no option {option[0]}. {Usage}");
            }
        }

        IReadOnlyList<CompareResults> all = CompareResults.ReadAll(results);
        File.WriteAllText(readme, Replace(File.ReadAllText(readme), readme, string.Join('\n', all.Select(CompareTable.Write))));
        File.WriteAllText(chart, CompareChart.Write(all.MaxBy(result => result.Date)!));
        Console.WriteLine($"Wrote {all.Sum(result => result.Rows.Count)} rows to {readme} and {chart}.");
    }

    private static string Replace(string text, string path, string content)
    {
        int begin = text.IndexOf(Begin, StringComparison.Ordinal), end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin) throw new ArgumentException($"'{path}' has no lines {Begin} and {End}, in this order, around the table.");
        return $"{text[..(begin + Begin.Length)]}\n{content}{text[end..]}";
    }
}
