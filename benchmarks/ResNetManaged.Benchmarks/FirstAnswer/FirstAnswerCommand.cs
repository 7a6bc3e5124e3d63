using System.Diagnostics;
using System.Globalization;

namespace ResNetManaged.Benchmarks.FirstAnswer;

/// <summary><c>first</c>: the time from a process's first line to its first answer from an ONNX file, and its memory, beside ONNX Runtime's.</summary>
/// <remarks>Every answer is a process of its own; the libraries take turns. The file is in the page cache after the first, uncounted turn.</remarks>
internal static class FirstAnswerCommand
{
    private const string Usage = "usage: first FILE.onnx [--rounds 9] [--threads N]";

    private static readonly string[] Libraries = [FirstAnswerProcess.Ours, FirstAnswerProcess.OnnxRuntime];

    /// <summary>Measures and prints both libraries' medians.</summary>
    /// <exception cref="ArgumentException">The command is invalid.</exception>
    public static void Run(string[] args)
    {
        if (args is [FirstAnswerProcess.Name, string one, string model, string count])
        {
            FirstAnswerProcess.Run(one, model, int.Parse(count, CultureInfo.InvariantCulture));
            return;
        }
        if (Selection.Parse(args) is not [string file, .. string[] rest] || rest.Length is not (0 or 2) || !File.Exists(file))
            throw new ArgumentException(Usage);
        int rounds = 9;
        if (rest.Length == 2 && (rest[0] != "--rounds" || !int.TryParse(rest[1], CultureInfo.InvariantCulture, out rounds) || rounds < 1))
            throw new ArgumentException(Usage);

        foreach (int threads in Selection.Threads)
        {
            Dictionary<string, List<FirstAnswerTimes>> all = Libraries.ToDictionary(library => library, _ => new List<FirstAnswerTimes>());
            for (int round = 0; round <= rounds; round++)
            {
                foreach (string library in Libraries)
                {
                    FirstAnswerTimes times = Start(library, file, threads);
                    if (round > 0) all[library].Add(times);
                }
            }
            foreach (string library in Libraries) Print(library, threads, all[library]);
        }
    }

    private static FirstAnswerTimes Start(string library, string file, int threads)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(typeof(FirstAnswerCommand).Assembly.Location);
        foreach (string word in (string[])["first", FirstAnswerProcess.Name, library, file, threads.ToString(CultureInfo.InvariantCulture)])
            start.ArgumentList.Add(word);
        using Process process = Process.Start(start)!;
        string line = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? FirstAnswerTimes.Parse(line) : throw new InvalidOperationException($"{library} failed on {file}: see above.");
    }

    private static void Print(string library, int threads, List<FirstAnswerTimes> times)
    {
        double[] answers = [.. times.Select(time => time.Answered).Order()];
        FormattableString line = $"""
            {library,-12} threads {threads}: loaded {Median(times.Select(time => time.Loaded)):F0} ms, answered {Median(answers):F0} ms (from {answers[0]:F0} to {answers[^1]:F0}), {Median(times.Select(time => time.PeakMebibytes)):F0} MiB
            """;
        Console.WriteLine(FormattableString.Invariant(line));
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
