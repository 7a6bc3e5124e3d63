namespace ResNetManaged.Benchmarks.Compare;

/// <summary><c>report</c>: writes the tables of the README and of docs/onnx.md, and the chart, from the files of <c>compare --output</c>.</summary>
internal static class ReportCommand
{
    private const string Usage =
        "usage, from the repository's root: report [--results benchmarks/results] [--readme README.md] [--onnx docs/onnx.md] [--chart docs/speed.svg]";

    private const string Begin = "<!-- compare:begin -->", End = "<!-- compare:end -->";

    /// <summary>Runs the command.</summary>
    /// <exception cref="ArgumentException">The command is invalid, there are no results, or the README lacks the markers.</exception>
    public static void Run(string[] args)
    {
        string results = "benchmarks/results", readme = "README.md", onnx = "docs/onnx.md", chart = "docs/speed.svg";
        if (args.Length % 2 != 0) throw new ArgumentException(Usage);
        foreach (string[] option in args.Chunk(2))
        {
            switch (option[0])
            {
                case "--results": results = option[1]; break;
                case "--readme": readme = option[1]; break;
                case "--onnx": onnx = option[1]; break;
                case "--chart": chart = option[1]; break;
                default: throw new ArgumentException($"report has no option {option[0]}. {Usage}");
            }
        }

        IReadOnlyList<CompareResults> all = WriteTables(results, CompareKind.Compare, readme);
        File.WriteAllText(chart, CompareChart.Write(all.MaxBy(result => result.Date)!));
        WriteTables(results, CompareKind.Onnx, onnx);
        Console.WriteLine($"Wrote {readme}, {onnx} and {chart}.");
    }

    private static IReadOnlyList<CompareResults> WriteTables(string results, CompareKind kind, string page)
    {
        IReadOnlyList<CompareResults> all = CompareResults.ReadAll(results, kind);
        File.WriteAllText(page, Replace(File.ReadAllText(page), page, string.Join('\n', all.Select(CompareTable.Write))));
        return all;
    }

    private static string Replace(string text, string path, string content)
    {
        int begin = text.IndexOf(Begin, StringComparison.Ordinal), end = text.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin) throw new ArgumentException($"'{path}' has no lines {Begin} and {End}, in this order, around the table.");
        return $"{text[..(begin + Begin.Length)]}\n{content}{text[end..]}";
    }
}
